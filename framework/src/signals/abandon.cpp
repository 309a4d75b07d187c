// SPDX-License-Identifier: BSL-1.0
#include "signals/abandon.hpp"
#include "log/report_events.hpp"
#include "process/guarded.hpp"
#include "process/process_boundary.hpp"
#include "process/process_extras.hpp"
#include "process/throw_sites.hpp"
#include "scheduler/runtime_state.hpp"
#include "signals/start_request.hpp"
#include <cstdlib>
#include <exception>
#include <mutex>
#include <unwind.h>
#include <vector>

namespace coppice::detail {
namespace {

constinit std::atomic<std::terminate_handler> handler_before{nullptr};

/// How many stacks this program has left behind.
constinit std::atomic<std::size_t> stacks_left{0};

struct trace {
    std::vector<const void*> frames;

    static _Unwind_Reason_Code note(_Unwind_Context* context, void* to) {
        auto& frames = static_cast<trace*>(to)->frames;
        int before_instruction = 0;
        const auto ip = _Unwind_GetIPInfo(context, &before_instruction);
        if (ip == 0 || frames.size() == most_frames)
            return _URC_END_OF_STACK;
        frames.push_back(reinterpret_cast<const void*>(ip - (before_instruction ? 0 : 1)));
        return _URC_NO_REASON;
    }
};

exit_reason terminated(std::string_view what) {
    return exit_reason::tagged("terminate", exit_reason{what});
}

/// What the exception that met the frame says; the handler runs inside of its catch block.
exit_reason reason_of_termination() {
    const std::exception_ptr e = std::current_exception();
    if (!e)
        return terminated("std::terminate was called");
    try {
        std::rethrow_exception(e);
    } catch (const process_exit& x) {
        return x.reason;
    } catch (const process_ignored&) {
        return terminated("this_process::ignore was called where it cannot leave the constructor");
    } catch (const std::exception& x) {
        return terminated(reason_of_handled(x).text());
    }
}

/// With which reason the process ends. The exit that was pending counts before all else.
exit_reason reason_of_end(process& p, const fiber& f) {
    if (p.exit.is_pending())
        return extras_of(p).pending_exit;
    if (f.exits_with)
        return *f.exits_with;
    exit_reason why = terminated("an exception of unknown type");
    const ending other = guarded([&] { why = reason_of_termination(); });
    return other.kind == ending::how::failed ? terminated(other.reason.text()) : why;
}

/// On the stack that is about to be left: what can still be said of it.
void take_leave(process& p, fiber& f) {
    const exit_reason why = reason_of_end(p, f);
    set_exit_pending(p, why);
    guarded([&] {
        trace where;
        _Unwind_Backtrace(&trace::note, &where);
        report_abandoned(p, why, where.frames, stacks_left.load(std::memory_order_relaxed));
    });
}

/// What is never destroyed stays in reach, so that no leak checker takes it for lost.
void keep(const void* object) {
    static std::mutex lock;
    static auto* const all = new std::vector<const void*>;
    const std::lock_guard hold{lock};
    all->push_back(object);
}

/// The process belongs to this stack no longer. Another one finds that its exit is pending, and
/// ends it.
void hand_over(worker& w, fiber& f, process& p) {
    if (!p.exit.is_pending()) // to find the reason has ended in std::terminate, too
        set_exit_pending(p, exit_reason::killed);
    if (p.raw)
        w.functions_here.store(w.functions_here.load(std::memory_order_relaxed) - 1,
                               std::memory_order_relaxed);
    if (p.current && is_start(*p.current))
        keep(leave_construction(p.current));
    keep(p.state);
    // A condition of receive runs while the time limit of the wait is armed.
    w.timers.waits.disarm_within(f.stack.bottom, f.stack.size);
    p.running = false;
    p.exit.leave_stack();
    p.state = nullptr;
    p.bound = nullptr;
    p.wait.leave_stack();
    p.handling.store(nullptr, std::memory_order_relaxed);
    f.current = nullptr;
    f.exits_with = nullptr;
    sanitizer::keep_for_ever(f.stack);
    w.abandoned.push_back(&f);
    --w.fibers;
    schedule(p);
}

[[noreturn]] void leave_for_good(worker& w) {
    w.leave_to(w.choose());
    std::abort(); // this stack never runs again
}

[[noreturn]] void on_terminate() {
    worker* const w = this_worker;
    fiber* const f = w ? w->current : nullptr;
    process* const p = f ? f->current : nullptr;
    // A second time on the same stack: the report, or what it calls, has ended in std::terminate,
    // too.
    if (p && w->runtime.options.on_terminate == runtime::terminate_policy::abandon) {
        if (!std::exchange(f->abandoned, true)) {
            stacks_left.fetch_add(1, std::memory_order_relaxed);
            take_leave(*p, *f);
        }
        hand_over(*w, *f, *p);
        leave_for_good(*w);
    }
    if (const auto before = handler_before.load(std::memory_order_acquire))
        before();
    std::abort();
}

} // namespace

void install_terminate_handler() {
    const std::terminate_handler now = std::get_terminate();
    if (now == &on_terminate)
        return;
    handler_before.store(now, std::memory_order_release);
    std::set_terminate(&on_terminate);
}

} // namespace coppice::detail

std::size_t coppice::runtime::abandoned_stacks() noexcept {
    return detail::stacks_left.load(std::memory_order_relaxed);
}
