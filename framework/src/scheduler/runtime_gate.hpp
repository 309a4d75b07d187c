// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <atomic>

namespace coppice::detail {

/// Counts the threads that are inside something which another thread wants to take away.
///
/// Who takes it away first hides it (a sequentially consistent store), and then waits for all who
/// entered before that. An entrant counts itself and then looks (both sequentially consistent): it
/// finds nothing, or it is waited for.
///
/// There are two counts, and those who enter change sides in the middle of the wait: so the count
/// that is waited for only falls, however many go on entering. An entrant may have read the side
/// long before it counts itself, so both sides are waited for.
class runtime_gate {
public:
    unsigned enter() noexcept {
        const unsigned side = side_.load(std::memory_order_relaxed); // either will do
        entrants_[side].fetch_add(1, std::memory_order_seq_cst);
        return side;
    }
    void leave(unsigned side) noexcept {
        // Release: who waits for us takes away what we have used.
        entrants_[side].fetch_sub(1, std::memory_order_release);
    }
    /// One thread at a time. `pause` is called between two looks.
    template <class Pause>
    void wait_for_entrants(Pause pause) {
        for (int turn = 0; turn < 2; ++turn) {
            const unsigned side = side_.load(std::memory_order_relaxed);
            side_.store(1 - side, std::memory_order_relaxed);
            while (entrants_[side].load(std::memory_order_seq_cst) != 0)
                pause();
        }
    }

private:
    std::atomic<unsigned> side_{0};
    std::atomic<int> entrants_[2]{};
};

} // namespace coppice::detail
