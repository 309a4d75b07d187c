// SPDX-License-Identifier: BSL-1.0
#include "ordered_engine.hpp"

#include "application_master.hpp"
#include "errors.hpp"
#include "intensity_check.hpp"
#include "jitter.hpp"
#include "reports.hpp"
#include "start_child.hpp"
#include "stop_children.hpp"
#include <algorithm>
#include <boost/assert.hpp>
#include <coppice/this_process.hpp>

namespace coppice::detail {

ordered_engine::ordered_engine(supervisor_spec spec)
    : flags_{spec.flags},
      intensity_{{.max_restarts = spec.flags.intensity, .period = spec.flags.period}} {
    for (auto& s : spec.children)
        children_.add(std::move(s));
}

// --- start and stop of all children ---

void ordered_engine::init() {
    for (auto c = children_.begin(); c != children_.end();) {
        const start_result started = start_one(c);
        const auto next = std::next(c);
        if (!started.ok()) {
            const exit_reason why =
                exit_reason::failed_to_start_child(c->spec.id, started.error().reason);
            stop_all();
            this_process::exit(exit_reason::tagged("shutdown", why));
        }
        // A temporary child whose start returned `ignore` would never be started again.
        if (started.is_ignored() && c->spec.restart == temporary)
            children_.remove(c);
        c = next;
    }
}

void ordered_engine::stop_all() {
    std::vector<iterator> order;
    for (auto c = children_.begin(); c != children_.end(); ++c)
        order.push_back(c);
    for (const auto& group : plan_shutdown(flags_.strategy, views()))
        for (const std::size_t i : group)
            stop_one(order[i]);
}

// --- requests of clients ---

result<started_child> ordered_engine::start(start_child_request request) {
    result<child_spec> spec = failure{errc::bad_spec};
    if (auto* given = std::get_if<child_spec>(&request.what))
        spec = check_child_spec(std::move(*given), flags_.auto_shutdown);
    else if (auto* words = std::get_if<unchecked_child_spec>(&request.what))
        spec = check_child_spec(*words, flags_.auto_shutdown);
    else
        return failure{errc::bad_spec, exit_reason{"invalid_child_spec"},
                       fmt::format("start_child with arguments alone is for a simple_one_for_one "
                                   "supervisor; this one is {} and needs a child spec",
                                   to_string(flags_.strategy))};
    if (!spec)
        return std::move(spec).error();
    if (const auto known = children_.find(spec->id); known != children_.end()) {
        if (known->status == child_status::running)
            return already_started(spec->id, known->process);
        return already_present(spec->id);
    }
    const auto c = children_.add(std::move(*spec));
    start_result started = start_one(c);
    if (!started.ok()) {
        children_.remove(c);
        return started.error();
    }
    if (c->spec.type == child_type::supervisor)
        warn_where_intensities_multiply(intensity_level(flags_), {&c->spec, 1});
    if (c->spec.restart == temporary) {
        if (started.is_ignored())
            children_.remove(c);
        else
            c->spec.start = {}; // never called again: free what it holds
    }
    return std::move(started.child());
}

result<void> ordered_engine::terminate(const child_key& which) {
    const auto c = find(which);
    if (c == children_.end())
        return not_found(text_of(which));
    stop_one(c);
    forget_or_keep(c);
    return {};
}

result<ordered_engine::iterator> ordered_engine::find_stopped(const std::string& id) {
    const auto c = children_.find(id);
    if (c == children_.end())
        return not_found(id);
    if (c->status == child_status::restarting)
        return is_restarting(id);
    if (c->status == child_status::running)
        return is_running(id);
    return c;
}

result<started_child> ordered_engine::restart(const std::string& id) {
    const auto c = find_stopped(id);
    if (!c)
        return c.error();
    start_result started = start_one(*c);
    if (!started.ok())
        return started.error();
    return std::move(started.child());
}

result<void> ordered_engine::remove(const std::string& id) {
    const auto c = find_stopped(id);
    if (!c)
        return c.error();
    children_.remove(*c);
    return {};
}

result<child_spec> ordered_engine::spec(const child_key& which) {
    const auto c = find(which);
    if (c == children_.end())
        return not_found(text_of(which));
    return c->spec;
}

namespace {
child_info info_of(const child& c) {
    return {.id = c.spec.id,
            .process = c.process,
            .status = c.status,
            .type = c.spec.type,
            .restarts = c.starts > 0 ? c.starts - 1 : 0,
            .started_at = c.process ? c.started_at : time_limit::clock::time_point{}};
}
} // namespace

std::vector<child_info> ordered_engine::list() {
    std::vector<child_info> all;
    all.reserve(children_.size());
    for (const child& c : children_)
        all.push_back(info_of(c));
    std::reverse(all.begin(), all.end()); // newest first, as in OTP
    return all;
}

result<child_info> ordered_engine::info(const std::string& id) {
    const auto c = children_.find(id);
    if (c == children_.end())
        return not_found(id);
    return info_of(*c);
}

oldest_children ordered_engine::oldest(std::size_t at_most) {
    oldest_children some;
    for (auto c = children_.begin(); c != children_.end() && some.children.size() < at_most; ++c)
        some.children.push_back(info_of(*c));
    some.more = children_.size() - some.children.size();
    return some;
}

child_counts ordered_engine::count() {
    child_counts n{.specs = children_.size()};
    for (const child& c : children_) {
        // The child may have exited already, with its exit signal still in our mailbox.
        n.active += c.status == child_status::running && c.process.alive();
        ++(c.spec.type == child_type::supervisor ? n.supervisors : n.workers);
    }
    return n;
}

std::string ordered_engine::status() {
    return fmt::format("{}, {} children, {} restarts left", to_string(flags_.strategy),
                       children_.size(), intensity_.left(this_process::now()));
}

// --- exits and restarts of children ---

void ordered_engine::ended(pid process, const exit_reason& why) {
    const auto c = children_.find(process);
    if (c == children_.end())
        return; // not a child, or a child that was stopped meanwhile
    const restart_type type = c->spec.restart;
    if (is_reported(type, why))
        report_child_terminated(c->spec, process, why, intensity_.left(this_process::now()));
    children_.set_stopped(c);
    if (decide_exit(type, why) == after_exit::restart) {
        const auto lived = this_process::now() - c->started_at;
        c->failures = flags_.backoff.failures(c->failures, lived);
        restart_counted(c);
        return;
    }
    const bool significant = c->spec.significant;
    forget_or_keep(c);
    if (significant && decide_auto_shutdown(flags_.auto_shutdown, significant, views()))
        this_process::stop(exit_reason::shutdown);
}

void ordered_engine::try_again(const try_again_restart& which) {
    const auto c = find(which.which);
    if (c == children_.end() || c->status != child_status::restarting)
        return; // stopped, deleted, or restarted with a sibling meanwhile
    if (which.wait == 0) {
        restart_counted(c);
    } else if (which.wait == c->wait) {
        c->wait = 0;
        restart_now(c);
    }
}

void ordered_engine::restart_counted(iterator c) {
    if (!intensity_.record(this_process::now())) {
        report_gave_up(c->spec, flags_.intensity, flags_.period);
        application_master::note_gave_up();
        children_.set_stopped(c);
        this_process::stop(exit_reason::shutdown);
        return;
    }
    if (flags_.backoff.enabled())
        restart_later(c, flags_.backoff.delay(std::max<std::size_t>(c->failures, 1),
                                              jitter(++waits_, c->failures)));
    else
        restart_now(c);
}

namespace {
template <class Iterators>
std::vector<child_view> views_of(const Iterators& members) {
    std::vector<child_view> seen;
    seen.reserve(members.size());
    for (const auto m : members)
        seen.push_back({m->spec.restart, m->status, m->spec.significant});
    return seen;
}
} // namespace

// Stops the siblings that depend on the dead child now, and delays the starts.
void ordered_engine::restart_later(iterator c, backoff::duration delay) {
    std::size_t died = 0;
    const auto members = scope(c, died);
    for (const step& now : plan_restart(flags_.strategy, views_of(members), died)) {
        if (now.what == step::kind::stop)
            stop_one(members[now.child]);
        else if (now.what == step::kind::forget)
            children_.remove(members[now.child]);
    }
    children_.set_restarting(c);
    c->wait = ++waits_;
    send_retry_after(delay, {c->spec.id, c->wait});
}

void ordered_engine::restart_now(iterator c) {
    std::size_t died = 0;
    const auto members = scope(c, died);
    for (const step& now : plan_restart(flags_.strategy, views_of(members), died)) {
        const iterator m = members[now.child];
        switch (now.what) {
        case step::kind::stop:
            stop_one(m);
            break;
        case step::kind::forget:
            children_.remove(m);
            break;
        case step::kind::start:
            if (const start_result started = start_one(m); !started.ok()) {
                // The later children are not tried: they may need this one.
                children_.set_restarting(m);
                ++m->failures;
                send_retry({m->spec.id});
                return;
            }
            break;
        }
    }
}

// The children that the strategy considers when `c` is restarted, and the index of `c` among them.
// one_for_one considers no sibling, so a restart costs the same with any number of siblings.
std::vector<ordered_engine::iterator> ordered_engine::scope(iterator c, std::size_t& died) {
    died = 0;
    if (flags_.strategy == one_for_one)
        return {c};
    std::vector<iterator> members;
    for (auto m = children_.begin(); m != children_.end(); ++m) {
        if (m == c)
            died = members.size();
        members.push_back(m);
    }
    return members;
}

start_result ordered_engine::start_one(iterator c) {
    start_result started = start_guarded(c->spec);
    if (const pid process = started.ok() ? started.process() : pid{};
        process && (process == this_process::self() || children_.find(process) != children_.end()))
        started = already_started(c->spec.id, process); // two children would share one exit
    if (!started.ok()) {
        report_start_error(c->spec, started.error().reason);
        return started;
    }
    children_.set_running(c, started.process());
    c->started_at = this_process::now();
    if (started.process())
        report_started(c->spec, started.process());
    return started;
}

void ordered_engine::stop_one(iterator c) {
    if (c->status == child_status::running) {
        const pid process = c->process;
        const exit_reason why = stop_process(process, c->spec.shutdown);
        if (!stopped_as_told(c->spec.restart, c->spec.shutdown.is_brutal(), why))
            report_shutdown_error(c->spec, process, why);
    }
    children_.set_stopped(c);
}

void ordered_engine::forget_or_keep(iterator c) {
    if (c->spec.restart == temporary)
        children_.remove(c);
    else
        children_.set_stopped(c);
}

ordered_engine::iterator ordered_engine::find(const child_key& which) {
    const auto* id = std::get_if<std::string>(&which);
    return id ? children_.find(*id) : children_.end(); // as in OTP: these children are known by id
}

std::vector<child_view> ordered_engine::views() {
    std::vector<child_view> all;
    all.reserve(children_.size());
    for (const child& c : children_)
        all.push_back({c.spec.restart, c.status, c.spec.significant});
    return all;
}

std::unique_ptr<engine> make_ordered_engine(supervisor_spec spec) {
    return std::make_unique<ordered_engine>(std::move(spec));
}

} // namespace coppice::detail
