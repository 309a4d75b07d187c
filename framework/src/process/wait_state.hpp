// SPDX-License-Identifier: BSL-1.0
#pragma once
#include "process/relaxed_atomic.hpp"
#include "process/wait_edge.hpp"

namespace coppice::detail {

struct wait_op;
struct worker;

/// What a process waits for, inside a handler: the operation, the thread on which it is blocked,
/// and, in a call, the server that it waits for.
///
/// The edge tells other processes of a ring of calls (call_cycle.hpp). It is written by the process
/// when a call begins, and emptied by the first that knows that the wait is over: the thread that
/// answers, the caller's thread, or the process itself.
///
/// Context: the process on its own thread, where nothing else is said.
class wait_state {
public:
    // --- any wait ---

    /// Any thread, a moment old.
    bool is_blocked() const noexcept { return blocked_ != nullptr; }
    /// Any thread: a hint, but on the thread that it names.
    bool is_on(const worker* w) const noexcept { return on_.load(std::memory_order_relaxed) == w; }
    worker* thread() const noexcept { return on_.load(std::memory_order_relaxed); }
    wait_op* operation() const noexcept { return blocked_; }

    /// From here on a signal finds the process blocked in `op`, on the thread `w`.
    ///
    /// The process stores the thread, fences and looks whether a signal has come; the sender of a
    /// signal stores that, fences and looks for the thread (make_take_mail): one sees the other. A
    /// function has one thread for life, and says so once: that fence serves for all its waits.
    void begin(worker& w, wait_op& op) noexcept {
        blocked_ = &op;
        if (on_.load(std::memory_order_relaxed) != &w) {
            on_.store(&w, std::memory_order_relaxed);
            std::atomic_thread_fence(std::memory_order_seq_cst);
        }
    }
    void end(bool keeps_its_thread) noexcept {
        blocked_ = nullptr;
        if (!keeps_its_thread)
            leave_thread();
    }
    void leave_thread() noexcept { on_.store(nullptr, std::memory_order_relaxed); }

    // --- a call ---

    /// The next wait of the process is for `server`.
    wait_edge begin_call(pid server, wait_edge::kind what) noexcept {
        const std::uint32_t which = which_.load(std::memory_order_relaxed) + 1;
        const wait_edge edge{server, what, which};
        which_.store(which, std::memory_order_relaxed); // published with the edge
        edge_.store(edge.word(), std::memory_order_release);
        return edge;
    }
    /// It waits for the server no longer, though it has yet to run: it is no link in a ring of
    /// calls. The caller's thread; what reads the edge learns nothing else from it.
    void end_call() noexcept { edge_.store(0, std::memory_order_relaxed); }
    /// The same for a call that was never sent, or whose process leaves its stack: what the process
    /// did before is seen by a thread that sees the edge gone.
    void take_call_back() noexcept { edge_.store(0, std::memory_order_release); }
    /// Any thread: ends the call of which `seen` is the edge, unless another has begun.
    void end_call(wait_edge seen) noexcept {
        std::uint64_t word = seen.word();
        edge_.compare_exchange_strong(word, 0, std::memory_order_relaxed);
    }

    /// Any thread. Acquire: what the process did before this wait began is seen, too.
    wait_edge edge() const noexcept { return wait_edge{edge_.load(std::memory_order_acquire)}; }
    /// Any thread: which of its waits this is, to tell two waits apart.
    std::uint32_t which() const noexcept { return which_.load(std::memory_order_acquire); }

    // --- the slot ---

    /// The process leaves its stack for good.
    void leave_stack() noexcept {
        blocked_ = nullptr;
        take_call_back();
    }
    /// For the slot's next process. The waits are counted on.
    void start_over() noexcept {
        blocked_ = nullptr;
        end_call();
    }

private:
    relaxed_atomic<wait_op*> blocked_;
    std::atomic<worker*> on_{nullptr};
    std::atomic<std::uint64_t> edge_{0};
    std::atomic<std::uint32_t> which_{0};
};

} // namespace coppice::detail
