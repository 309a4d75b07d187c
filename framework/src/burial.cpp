// SPDX-License-Identifier: BSL-1.0
#include "burial.hpp"
#include "calls.hpp"
#include "extras.hpp"
#include "name_table.hpp"
#include "report_events.hpp"
#include "runtime_state.hpp"
#include "server_start.hpp"
#include "signals.hpp"
#include "slots.hpp"
#include <boost/assert.hpp>
#include <coppice/detail/exit_hook.hpp>

namespace coppice::detail {
namespace {

constinit std::atomic<exit_hook> hook{nullptr};

failure end_of_server(const process& p, const exit_reason& reason) {
    return {.code = errc::exited,
            .reason = reason,
            .detail = std::string{p.server ? p.server->name : std::string_view{"process"}} + ' ' +
                      p.self().text() + " ended before it answered"};
}

/// Mail that nobody will handle.
void refuse_mail(process& p, node* n, const exit_reason& reason) {
    while (n) {
        node* next = n->next;
        if (n->ops->what == node_ops::kind::signal)
            refuse_signal(p.self(), static_cast<signal_node*>(n));
        else if (n->ops->is_request) {
            failure why = end_of_server(p, reason);
            why.untouched = true;
            answer_failed(static_cast<request*>(n), std::move(why));
        } else
            n->ops->drop(n);
        n = next;
    }
}

std::uint64_t next_word(std::uint64_t tag) noexcept {
    return (tag == word::last_tag ? 0 : tag + word::one_tag) | word::dead;
}

} // namespace

void set_exit_hook(exit_hook h) noexcept { hook.store(h, std::memory_order_release); }

void close_process(process& p, const exit_reason& reason) {
    // The names go first. Whoever has been told of the end may start a successor at once, and must
    // not find the name taken by a process that is about to be gone.
    name_table::close(p);
    if (const auto h = hook.load(std::memory_order_acquire))
        h(p.self(), reason);
    const std::uint64_t last = p.word.exchange(next_word(p.tag()), std::memory_order_acq_rel);
    node* taken = std::exchange(p.head, nullptr);
    p.tail = nullptr;
    p.queued.store(0, std::memory_order_relaxed);
    if (taken)
        refuse_mail(p, taken, reason);
    node* rest = nullptr; // what nobody had taken, newest first
    for (node* n = word::is_list(last) ? word::list(last) : nullptr; n;) {
        node* next = n->next;
        n->next = rest;
        rest = n;
        n = next;
    }
    if (rest)
        refuse_mail(p, rest, reason);
    if (p.current && !is_start(*p.current))
        answer_failed(std::exchange(p.current, nullptr), end_of_server(p, reason));
    rare_extras* const rare = rare_if_any(p);
    if (!rare)
        return;
    rare_extras& x = *rare;
    for (request* r : std::exchange(x.held, {}))
        deliver(r);
    for (request* r : std::exchange(x.deferred, {})) {
        if (claim_answer(r))
            answer_failed(r, end_of_server(p, reason));
        release(r);
    }
    for (request* r : std::exchange(x.waiting_for_room, {}))
        answer_failed(r, end_of_server(p, exit_reason::noproc));
    for (auto* queue : {&x.continues, &x.parked})
        for (node* n : std::exchange(*queue, {})) {
            n->next = nullptr;
            refuse_mail(p, n, reason);
        }
}

namespace {
/// There may be a million to tell. Others run meanwhile: nobody else could on this thread, and those who
/// have just been told are still in the cache.
class teller {
public:
    teller(const process& p, const exit_reason& reason) noexcept
        : from_{p.self()}, reason_{reason} {}

    void tell(pid who, signal_node::kind what, std::uint64_t ref) {
        if (++told_ % at_once == 0)
            this_worker->yield();
        send_signal(who, what, from_, ref, reason_);
    }

private:
    static constexpr std::size_t at_once = 1000;
    pid from_;
    const exit_reason& reason_;
    std::size_t told_ = 0;
};

/// They may be long out of the cache.
void tell_links(teller& t, const link_table& links) {
    constexpr std::size_t ahead = 8;
    boost::container::small_vector<pid, ahead> all;
    links.for_each([&](pid other) { all.push_back(other); });
    for (std::size_t i = 0; i < all.size(); ++i) {
        if (i + ahead < all.size())
            __builtin_prefetch(slot_of(all[i + ahead]), 1);
        t.tell(all[i], signal_node::kind::linked_exit, 0);
    }
}

void tell_links_and_monitors(process& p, extras& x, const exit_reason& reason) {
    teller t{p, reason};
    tell_links(t, x.links);
    if (const watch_extras* const w = x.watches.get()) {
        w->watchers.for_each(
            [&](std::uint64_t ref, pid who) { t.tell(who, signal_node::kind::down, ref); });
        w->monitors.for_each([&](std::uint64_t ref, pid target) {
            t.tell(target, signal_node::kind::demonitor, ref);
        });
    }
    if (x.rare)
        for (request* r : std::exchange(x.rare->stoppers, {}))
            answer_failed(r, end_of_server(p, reason));
}

} // namespace

void tell_the_others(process& p, const exit_reason& reason) {
    if (p.more)
        tell_links_and_monitors(p, *p.more, reason);
    if (request* r = std::exchange(p.current, nullptr)) // we died in our constructor
        answer_start(r, reason);
}

void destroy_state(process& p) noexcept {
    void* state = std::exchange(p.state, nullptr);
    if (!state)
        return;
    if (p.raw)
        p.raw->drop(state);
    else {
        p.in_destructor = true;
        p.server->destroy(state);
        p.in_destructor = false;
        free_state(*p.server, state);
    }
}

void lay_to_rest(process& p) noexcept {
    BOOST_ASSERT(!p.head && !p.current);
    destroy_state(p);
    forget_extras(p);
    p.id = 0;
    p.home.store(nullptr, std::memory_order_relaxed);
    if (worker* const w = this_worker)
        w->buried.store(w->buried.load(std::memory_order_relaxed) + 1, std::memory_order_release);
    else // it is taken back by the plain thread that made it
        the_runtime.load(std::memory_order_acquire)
            ->born_outside.fetch_sub(1, std::memory_order_relaxed);
    slots::release(&p);
}

void bury(process& p, const exit_reason& reason) {
    p.buried = true;
    const exit_reason why = reason; // it may live in what we are about to empty
    close_process(p, why);
    tell_the_others(p, why);
}

void end_process(process& p, const exit_reason& reason) {
    const exit_reason why = reason;
    if (!p.buried) {
        p.buried = true;
        close_process(p, why);
        destroy_state(p);
        tell_the_others(p, why);
    }
    lay_to_rest(p);
}

void* allocate_state(const server_type& t) {
    if (t.align <= 64)
        return allocate_node(t.size);
    return ::operator new (t.size, std::align_val_t{t.align});
}

void free_state(const server_type& t, void* state) noexcept {
    if (t.align <= 64)
        free_node(state, t.size);
    else
        ::operator delete (state, std::align_val_t{t.align});
}

} // namespace coppice::detail
