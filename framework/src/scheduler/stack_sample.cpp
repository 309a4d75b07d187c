// SPDX-License-Identifier: BSL-1.0
#include "scheduler/stack_sample.hpp"
#include "scheduler/worker.hpp"
#include "support/sanitizer.hpp"
#include <cerrno>
#include <csignal>
#include <fstream>
#include <sstream>
#include <string>
#include <sys/syscall.h>
#include <unwind.h>

namespace coppice::detail {

struct stack_walk {
    stack_sample& to;
    bool below_the_signal = false;

    /// First come the frames of the handler. The one that the signal interrupted is the first whose
    /// address is that of an instruction that has yet to run; those below it hold return addresses,
    /// which belong to the line after the call.
    static _Unwind_Reason_Code note(_Unwind_Context* context, void* walk) noexcept {
        auto& self = *static_cast<stack_walk*>(walk);
        int before_instruction = 0;
        const auto ip = _Unwind_GetIPInfo(context, &before_instruction);
        self.below_the_signal |= before_instruction != 0;
        if (!self.below_the_signal)
            return _URC_NO_REASON;
        if (ip == 0 || self.to.count_ == self.to.frames_.size())
            return _URC_END_OF_STACK;
        self.to.frames_[self.to.count_++] =
            reinterpret_cast<const void*>(ip - (before_instruction ? 0 : 1));
        return _URC_NO_REASON;
    }
};

namespace {

constexpr int sample_signal = SIGURG;

void on_sample(int) {
    const int error_before = errno;
    if (worker* const w = this_worker)
        w->sample.answer(w->watched.steps()); // our own thread writes it
    errno = error_before;
}

bool is_installed() noexcept {
    struct sigaction now {};
    return sigaction(sample_signal, nullptr, &now) == 0 && !(now.sa_flags & SA_SIGINFO) &&
           now.sa_handler == &on_sample;
}

/// The unwinder and the linker do some things at their first use.
void warm_up() noexcept {
    _Unwind_Backtrace([](_Unwind_Context*, void*) { return _URC_NO_REASON; }, nullptr);
}

} // namespace

// The states: free or taken -> asked by the watchdog thread; asked -> taking -> taken by the
// handler; asked or taken -> free by the watchdog thread. A handler that finds another state than
// `asked` does nothing, so a signal that comes late, or from elsewhere, is harmless. The frames
// belong to the handler in `taking`, else to the watchdog thread: the release of `taken` and the
// acquire of is_answered hand them over, and those of `asked` back.

bool stack_sample::ask(pthread_t thread) noexcept {
    // Relaxed: no frames are read. Only we leave `free` and `taken`; this `taken` is an answer that
    // came too late.
    const state seen = state_.load(std::memory_order_relaxed);
    if ((seen != free && seen != taken) || !is_installed())
        return false;
    state_.store(asked, std::memory_order_release);
    if (pthread_kill(thread, sample_signal) == 0)
        return true;
    withdraw();
    return false;
}

void stack_sample::withdraw() noexcept {
    // Relaxed: nothing is handed over that the next question's release does not. A handler that is
    // in the middle of it is let alone; a later call finds `taken`.
    state seen = asked;
    if (!state_.compare_exchange_strong(seen, free, std::memory_order_relaxed) && seen == taken)
        state_.store(free, std::memory_order_relaxed);
}

void stack_sample::answer(std::uint64_t step) noexcept {
    state seen = asked;
    if (!state_.compare_exchange_strong(seen, taking, std::memory_order_acquire,
                                        std::memory_order_relaxed))
        return;
    step_ = step;
    count_ = 0;
    if (sigsetjmp(out_, 1) == 0) {
        // A fault is handled on this thread, so the compiler's order is all that matters.
        walking_.store(true, std::memory_order_relaxed);
        std::atomic_signal_fence(std::memory_order_seq_cst);
        stack_walk walk{*this};
        _Unwind_Backtrace(&stack_walk::note, &walk);
    }
    std::atomic_signal_fence(std::memory_order_seq_cst);
    walking_.store(false, std::memory_order_relaxed);
    state_.store(taken, std::memory_order_release);
}

void stack_sample::leave_failed_walk() noexcept {
    if (walking_.load(std::memory_order_relaxed)) // set on this thread, see answer
        siglongjmp(out_, 1);
}

stack_sampler::stack_sampler() {
    struct sigaction now {};
    if (sanitizer::on() || sigaction(sample_signal, nullptr, &now) != 0 ||
        (now.sa_flags & SA_SIGINFO) || now.sa_handler != SIG_DFL)
        return;
    warm_up();
    struct sigaction ours {};
    ours.sa_handler = &on_sample;
    ours.sa_flags = SA_RESTART | SA_ONSTACK; // the stack of a process may be nearly full
    sigemptyset(&ours.sa_mask);
    sigaction(sample_signal, &ours, nullptr);
}

stack_sampler::~stack_sampler() {
    if (!is_installed())
        return;
    struct sigaction before {};
    before.sa_handler = SIG_DFL;
    sigaction(sample_signal, &before, nullptr);
}

kernel_wait kernel_wait_of(int tid) {
    // `running`, or: number, six arguments, stack pointer, program counter. The number is -1 in a
    // page fault.
    std::ifstream file{"/proc/self/task/" + std::to_string(tid) + "/syscall"};
    std::string line;
    if (!std::getline(file, line))
        return {.may_be_interrupted = false}; // a kernel that does not tell
    std::istringstream words{line};
    long number = -1;
    if (!(words >> number) || number == -1)
        return {};
    constexpr std::size_t arguments = 6;
    std::array<std::uint64_t, arguments + 2> rest{};
    for (std::uint64_t& value : rest) {
        std::string text;
        words >> text;
        value = std::strtoull(text.c_str(), nullptr, 0);
    }
    const std::uint64_t time_limit_of_futex = rest[3];
    return {.may_be_interrupted = number == SYS_futex && time_limit_of_futex == 0,
            .function = reinterpret_cast<const void*>(rest.back())};
}

} // namespace coppice::detail
