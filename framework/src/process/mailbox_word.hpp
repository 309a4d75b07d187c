// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <coppice/pid.hpp>

// The one word that is a process's inbox and identity: tag(16) | pointer(42) | depth(6).
//
// Under a tag the word is `empty` (a thread owns the process, nothing new), `idle` (no thread owns
// it), `dead`, or the newest envelope of a list with its length in the six low bits. A pid is the
// slot's address under the tag of one incarnation, so the one compare-and-swap of a push checks
// life and delivers.
namespace coppice::detail::mailbox_word {

inline constexpr int tag_shift = 48;
inline constexpr std::uint64_t address_mask = (std::uint64_t{1} << tag_shift) - 1;
inline constexpr std::uint64_t depth_mask = 63;
inline constexpr std::uint64_t one_tag = std::uint64_t{1} << tag_shift;
inline constexpr std::uint64_t last_tag = std::uint64_t{0xffff} << tag_shift;

inline constexpr std::uint64_t empty = 0;
inline constexpr std::uint64_t idle = 1;
inline constexpr std::uint64_t dead = 2;

constexpr std::uint64_t tag(std::uint64_t w) noexcept { return w & ~address_mask; }
inline envelope* list(std::uint64_t w) noexcept {
    return reinterpret_cast<envelope*>(w & address_mask & ~depth_mask);
}
constexpr bool is_list(std::uint64_t w) noexcept { return (w & address_mask) > depth_mask; }

static_assert(sizeof(void*) == 8, "coppice: the inbox word needs 64-bit addresses below 2^48");

} // namespace coppice::detail::mailbox_word
