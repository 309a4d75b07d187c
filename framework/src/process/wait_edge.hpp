// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <coppice/pid.hpp>

namespace coppice::detail {

/// An edge of the wait-for graph, in one word: which process is waited for, whether for its answer
/// or for room in its mailbox, and which of the waiting process's waits it is. That stands in the
/// low bits of the pid, which are free because slots lie at cache lines.
class wait_edge {
public:
    enum class kind : std::uint8_t { answer, room };
    static constexpr std::uint64_t low_bits = 63;

    constexpr wait_edge() noexcept = default; ///< waits for no process
    constexpr wait_edge(pid target, kind k, std::uint32_t which_wait) noexcept
        : word_{pid_access::word(target) | (which_wait << 1 & low_bits) |
                static_cast<std::uint64_t>(k)} {}
    /// From its parts, or from a published word.
    constexpr wait_edge(pid target, std::uint8_t low) noexcept
        : word_{pid_access::word(target) | low} {}
    explicit constexpr wait_edge(std::uint64_t word) noexcept : word_{word} {}

    constexpr std::uint64_t word() const noexcept { return word_; }
    constexpr std::uint8_t low() const noexcept {
        return static_cast<std::uint8_t>(word_ & low_bits);
    }
    constexpr pid target() const noexcept { return pid_access::make(word_ & ~low_bits); }
    constexpr bool is_for_room() const noexcept {
        return (word_ & 1) == static_cast<std::uint64_t>(kind::room);
    }
    friend constexpr bool operator==(wait_edge, wait_edge) = default;

private:
    std::uint64_t word_ = 0;
};

} // namespace coppice::detail
