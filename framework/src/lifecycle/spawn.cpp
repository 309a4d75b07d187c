// SPDX-License-Identifier: BSL-1.0
#include "lifecycle/spawn.hpp"
#include "process/process_extras.hpp"
#include "process/process_table.hpp"
#include "scheduler/runtime_state.hpp"
#include "signals/mailbox_limit.hpp"
#include "signals/process_exit.hpp"
#include "signals/signals.hpp"
#include "signals/suspension.hpp"
#include "support/asymmetric_fence.hpp"
#include <coppice/detail/task_request.hpp>

namespace coppice::detail {

namespace {

/// Counts a process as spawned. False: too late, the runtime stops, or there is none.
///
/// A stop stores `closed`, fences, and then adds up who is alive; we count first and then look. So
/// it counts us, or we see that it stops. On a thread of the runtime the stop fences for us. A
/// plain thread has come by a `runtime_guard`, for which the stop waits before it adds up.
bool count_in(runtime_state* r) noexcept {
    if (!r)
        return false;
    if (worker* w = this_worker) {
        w->created.store(w->created.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
        asymmetric_thread_fence_light();
        if (!r->closed.load(std::memory_order_relaxed)) [[likely]]
            return true;
        w->created.store(w->created.load(std::memory_order_relaxed) - 1, std::memory_order_relaxed);
        return false;
    }
    // In the one order of all such operations this comes before the stop's store, and then the
    // guard did as well, or after it, and we see it.
    if (r->closed.load(std::memory_order_seq_cst))
        return false;
    r->created_outside.fetch_add(1, std::memory_order_relaxed);
    return true;
}

} // namespace

process* new_process(runtime_state* visited, mailbox_limit mailbox) {
    process& p = *process_table::acquire();
    if (!count_in(visited)) [[unlikely]] {
        process_table::release(&p);
        return nullptr;
    }
    const std::uint64_t tag = mailbox_word::tag(p.inbox.word(std::memory_order_relaxed));
    // Before the first field: who looks in from outside and finds one of ours also finds the word
    // changed when it reads that again. The exchange that closed the word is no such fence: a later
    // store may overtake it. See process_info.cpp.
    std::atomic_thread_fence(std::memory_order_release);
    p.id = tag | reinterpret_cast<std::uint64_t>(&p);
    // What the last process owned is gone: see free_slot.
    BOOST_ASSERT(p.mail.empty() && !p.state && !p.extras && !p.current);
    p.bound = nullptr;
    p.next = nullptr;
    p.server = nullptr;
    p.raw = nullptr;
    p.after = 0;
    p.on_receivers = {};
    p.low_priority = false;
    p.running = p.suspended = p.obeys_parent = false;
    p.deep.store(0, std::memory_order_relaxed);
    p.parked_mail = 0;
    p.exit.start_over();
    p.placed = placement::in_balance;
    p.parent = pid{};
    p.wait.start_over();
    p.signalled.store(false, std::memory_order_relaxed);
    p.traps.store(false, std::memory_order_relaxed);
    p.dropped.store(0, std::memory_order_relaxed);
    p.handling.store(nullptr, std::memory_order_relaxed);
    p.name.store(tag, std::memory_order_relaxed);
    p.mail_bound.set(tag, mailbox);
    if (const process* parent = current_process())
        p.parent = parent->self();
    // Release: a thread that finds this word, however it got the pid, finds the rest too.
    p.inbox.open(tag);
    return &p;
}

std::uint64_t next_reference() noexcept {
    static std::atomic<std::uint64_t> blocks{0};
    thread_local std::uint64_t next = 0, end = 0;
    if (next == end) {
        next = blocks.fetch_add(1024, std::memory_order_relaxed) + 1;
        end = next + 1024;
    }
    return next++;
}

monitor_ref new_monitor_ref() noexcept { return {next_reference()}; }

void tie_to_parent(process& child, bool link, monitor_ref* watch) {
    process* me = current_process();
    if (!me)
        return;
    if (link && me->exit.has_notified()) // its links have been told already: this one is told now
        send_signal(child.self(), signal_envelope::kind::exit, me->self(), 0,
                    exit_reason{me->extras->pending_exit});
    else if (link) {
        child.obeys_parent = true;
        extras_of(*me).links.on_link(child.self());
        extras_of(child).links.on_link(me->self());
    }
    if (watch) {
        watch->id = next_reference();
        if (me->exit.has_notified())
            return;
        watches_of(*me).monitors.get(watch->id) = child.self();
        watches_of(child).watchers.get(watch->id) = me->self();
    }
}

void take_back(process& p, bool linked, const monitor_ref* watch) {
    if (process* me = current_process()) {
        if (linked)
            extras_of(*me).links.on_exit(p.self());
        if (watch)
            watches_of(*me).monitors.erase(watch->id);
    }
    forget_extras(p);
    end_process(p, exit_reason::normal);
}

namespace {

/// Made, and not scheduled yet.
template <class Prepare>
pid spawn_prepared(const raw_type& type,
                   void* callable,
                   const spawn_options& options,
                   monitor_ref* watch,
                   Prepare prepare) {
    struct owner {
        const raw_type& type;
        void* callable;
        ~owner() {
            if (callable)
                type.drop(callable);
        }
    } owned{type, callable};
    if ((options.link || watch) && !current_process())
        require_process("a linked or monitored spawn");
    const runtime_guard here;
    process* const created = new_process(here.runtime(), options.mailbox);
    if (!created) [[unlikely]]
        throw_not_running();
    process& p = *created;
    p.raw = &type;
    p.state = std::exchange(owned.callable, nullptr);
    if (!options.label.empty())
        rare_of(p).label = options.label;
    p.low_priority = options.priority == priority::low;
    tie_to_parent(p, options.link, watch);
    prepare(p);
    const pid who = p.self();
    schedule(p);
    return who;
}

} // namespace

pid spawn_raw(const raw_type& type,
              void* callable,
              const spawn_options& options,
              monitor_ref* watch) {
    return spawn_prepared(type, callable, options, watch, [](process&) {});
}

pid spawn_watched(const raw_type& type,
                  void* callable,
                  const spawn_options& options,
                  end_watch& by) {
    return spawn_prepared(type, callable, options, nullptr,
                          [&by](process& p) { rare_of(p).watched_by = &by; });
}

pid spawn_task(const raw_type& type,
               void* callable,
               const spawn_options& options,
               task_request& r) {
    return spawn_prepared(type, callable, options, nullptr, [&r](process& p) {
        r.owners.fetch_add(1, std::memory_order_relaxed); // the caller owns one already
        r.server = p.self();
        process_extras& x = extras_of(p);
        r.next = std::exchange(x.stoppers, &r);
        if (r.links_caller) { // a dead one answers with `noproc`, which ends the task
            x.links.on_link(r.caller);
            send_signal(r.caller, signal_envelope::kind::link, p.self());
        }
    });
}

} // namespace coppice::detail
