// SPDX-License-Identifier: BSL-1.0
#pragma once
#include "process/throw_sites.hpp"
#include <array>
#include <atomic>
#include <csetjmp>
#include <cstddef>
#include <cstdint>
#include <pthread.h>
#include <span>

// What stands on the stack of a thread of the runtime, for a report of a long handler.
//
// The watchdog thread sends the thread a signal; its handler notes the return addresses in a place
// that the worker has for them. The watchdog thread does not wait: it looks for the answer when it
// looks at the thread again. Names are looked up when the report is made, never in the handler.
//
// The signal is SIGURG, as in Go: without a handler it is ignored, so one that comes too late, or
// in a program that a process starts, does no harm; debuggers pass it on; and hardly any program
// uses it. One that has a handler for it, or ignores it, keeps that, and its reports have no trace.
// Nor have those of a thread that blocks SIGURG, and of a program under a sanitizer or valgrind:
// these deliver signals later, or elsewhere.
//
// The addresses come from the tables for exceptions: frame pointers are missing in most programs
// and in the C library. The unwinder allocates nothing, and takes no lock where it finds the tables
// with _dl_find_object (GCC 12, glibc 2.35). Hand-written machine code with wrong tables may lead
// it astray; the fault that follows ends the walk, see leave_failed_walk.
//
// System calls: SA_RESTART is set, but poll, nanosleep, sockets with a time-out and others return
// EINTR all the same. So a thread that waits in the kernel is not sent the signal, unless it waits
// for a lock, without a time limit: that wait is always restarted. Of the others only the innermost
// function is told, which the kernel says. A thread that enters such a call in the moment between
// that look and the signal may see EINTR.
namespace coppice::detail {

/// The place for the addresses. Two threads use it: the watchdog thread asks, the other answers.
class stack_sample {
public:
    /// Asks `thread` for its stack. False: the last question has no answer yet, or this one cannot
    /// be asked.
    ///
    /// Context: the watchdog thread, as all that follow unless they say otherwise; the thread has
    /// not ended.
    bool ask(pthread_t thread) noexcept;
    bool is_answered() const noexcept { return state_.load(std::memory_order_acquire) == taken; }
    /// Innermost first. Only when it is answered.
    std::span<const void* const> frames() const noexcept { return {frames_.data(), count_}; }
    /// In which step of the worker it was answered. Only when it is answered.
    std::uint64_t step() const noexcept { return step_; }
    /// The question is over, answered or not.
    void withdraw() noexcept;

    /// In the handler of the signal, on the thread that was asked. Async-signal-safe.
    void answer(std::uint64_t step) noexcept;
    /// In the handler of a fault, on the thread that was asked. Does not return if `answer` caused
    /// it.
    void leave_failed_walk() noexcept;

    friend struct stack_walk;

private:
    enum state : std::uint8_t { free, asked, taking, taken };

    std::atomic<state> state_{free};
    std::atomic<bool> walking_{false}; // of one thread and its signal handlers
    std::uint64_t step_ = 0;
    std::size_t count_ = 0;
    std::array<const void*, most_frames> frames_{};
    sigjmp_buf out_;
};

/// While there is one, threads of the runtime answer.
///
/// Context: one at a time.
class stack_sampler {
public:
    stack_sampler();
    stack_sampler(const stack_sampler&) = delete;
    stack_sampler& operator=(const stack_sampler&) = delete;
    /// What was installed before is there again, unless the user has installed something meanwhile.
    ~stack_sampler();
};

/// In which function a thread waits, if it does.
struct kernel_wait {
    bool may_be_interrupted = true;
    const void* function = nullptr; // an address in it; null if it does not wait, or cannot be told
};
kernel_wait kernel_wait_of(int tid);

} // namespace coppice::detail
