// SPDX-License-Identifier: BSL-1.0
#include "messaging/send.hpp"
#include "process/process_table.hpp"
#include "process/wait_edge.hpp"
#include "scheduler/runtime_state.hpp"
#include "signals/signals.hpp"
#include <coppice/detail/observation.hpp>

namespace coppice::detail {
namespace {

bool is_dead(std::uint64_t word) noexcept {
    return mailbox_word::tag(word) == 0 ||
           (word & mailbox_word::address_mask) == mailbox_word::dead;
}

struct look {
    void (*see)(void*, const seen_process&);
    void* context;

    static void at(process& p, void* self) {
        const std::uint64_t word = p.inbox.word(std::memory_order_acquire);
        if (is_dead(word))
            return;
        const std::uint32_t which = p.wait.which();
        const wait_edge edge = p.wait.edge();
        const seen_process found{.process = pid_in(p, word),
                                 .messages = messages_waiting(p, word),
                                 .waits_for = edge.target(),
                                 .waits_for_room = edge.is_for_room(),
                                 .which_wait = (std::uint64_t{which} << 8) | edge.low()};
        // Acquire: the word is read again after all that was read above.
        std::atomic_thread_fence(std::memory_order_acquire);
        const std::uint64_t again = p.inbox.word(std::memory_order_acquire);
        if (is_dead(again) || mailbox_word::tag(word ^ again) != 0)
            return; // what we read may be a successor's
        const look& l = *static_cast<const look*>(self);
        l.see(l.context, found);
    }
};

/// What one of its threads runs. The step is read twice: the process is the one of that step.
seen_thread see(const worker& w) noexcept {
    const std::uint64_t step = w.watched.steps_seen();
    const process* const p = w.watched.runs();
    const bool asleep = w.place.parked.load(std::memory_order_relaxed) != nullptr;
    const bool runs = !asleep && (p || w.watched.is_in_handlers());
    const pid who = p ? p->self() : pid{};
    // Acquire: the step is read again after the process.
    std::atomic_thread_fence(std::memory_order_acquire);
    return runs && w.watched.steps_seen() == step ? seen_thread{.process = who, .step = step}
                                                  : seen_thread{};
}

void let_take_mail_if_full(process& p, void*) {
    const std::uint64_t word = p.inbox.word(std::memory_order_acquire);
    if (!is_dead(word) && mailbox_word::is_list(word) &&
        (word & mailbox_word::depth_mask) == mailbox_word::depth_mask)
        make_take_mail(pid_in(p, word));
}

} // namespace

void see_processes(void (*see)(void* context, const seen_process&), void* context) {
    look l{.see = see, .context = context};
    process_table::for_each(&look::at, &l);
}

std::vector<seen_thread> see_threads() {
    std::vector<seen_thread> all;
    const runtime_guard here;
    if (const runtime_state* const r = here.runtime())
        for (const auto& w : r->workers)
            all.push_back(see(*w));
    return all;
}

deep_push_watch::deep_push_watch() {
    if (deep_push_watchers.fetch_add(1, std::memory_order_relaxed) != 0)
        return;
    const runtime_guard here;
    if (here.runtime())
        process_table::for_each(&let_take_mail_if_full, nullptr);
}

deep_push_watch::~deep_push_watch() { deep_push_watchers.fetch_sub(1, std::memory_order_relaxed); }

bool post_now(pid to, envelope* n) {
    if (!to) {
        n->ops->drop(n);
        return true;
    }
    if (post_if_room(to, n))
        return true;
    n->ops->drop(n);
    return false;
}

} // namespace coppice::detail
