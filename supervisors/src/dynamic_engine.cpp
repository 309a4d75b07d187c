// SPDX-License-Identifier: BSL-1.0
#include "dynamic_engine.hpp"

#include "application_master.hpp"
#include "errors.hpp"
#include "intensity_check.hpp"
#include "jitter.hpp"
#include "plan.hpp"
#include "reports.hpp"
#include "start_child.hpp"
#include "stop_children.hpp"
#include <algorithm>
#include <coppice/this_process.hpp>
#include <map>

namespace coppice::detail {

dynamic_engine::dynamic_engine(const supervisor_flags& flags,
                               std::shared_ptr<const child_spec> the_template,
                               std::size_t max_children,
                               start_args extra_arguments)
    : flags_{flags},
      intensity_{{.max_restarts = flags.intensity, .period = flags.period}},
      template_{std::move(the_template)},
      max_children_{max_children},
      extra_arguments_{std::move(extra_arguments)} {}

// --- requests of clients ---

namespace {
failure invalid_spec(const char* expected) {
    return {errc::bad_spec, exit_reason{"invalid_child_spec"}, expected};
}
} // namespace

result<std::shared_ptr<child_spec>> dynamic_engine::own_spec(start_child_request& request) const {
    const auto checked = [&]() -> result<child_spec> {
        if (auto* given = std::get_if<child_spec>(&request.what))
            return check_child_spec(std::move(*given), flags_.auto_shutdown);
        if (auto* words = std::get_if<unchecked_child_spec>(&request.what))
            return check_child_spec(*words, flags_.auto_shutdown);
        return invalid_spec("start_child of a dynamic_supervisor takes a child spec");
    };
    result<child_spec> spec = checked();
    if (!spec)
        return std::move(spec).error();
    if (!extra_arguments_.empty() && !spec->start.takes_arguments())
        return takes_no_extra_arguments(spec->id);
    return std::allocate_shared<child_spec>(cell_allocator<child_spec>{}, std::move(*spec));
}

start_result dynamic_engine::start_one(const child_spec& spec, const start_args& args) const {
    start_result started = start_guarded(spec, args);
    if (const pid process = started.ok() ? started.process() : pid{};
        process &&
        (process == this_process::self() || by_process_.find(process) != by_process_.end()))
        return already_started(spec.id, process); // two children would share one exit
    return started;
}

result<started_child> dynamic_engine::start(start_child_request request) {
    std::shared_ptr<child_spec> own;
    if (!template_) {
        auto checked = own_spec(request);
        if (!checked)
            return std::move(checked).error();
        own = std::move(*checked);
    } else if (!std::holds_alternative<start_args>(request.what))
        return invalid_spec(
            "start_child of a simple_one_for_one supervisor takes arguments for its "
            "template, not a child spec");
    if (members_.size() >= max_children_)
        return max_children(max_children_);
    start_args args;
    if (auto* given = std::get_if<start_args>(&request.what))
        args = std::move(*given);
    else
        args = extra_arguments_;
    const child_spec& spec = template_ ? *template_ : *own;
    start_result started = start_one(spec, args);
    if (!started.ok()) {
        if (!template_)
            report_start_error(spec, started.error().reason);
        return started.error();
    }
    const pid process = started.process();
    if (!process) // nothing to supervise, nothing to keep
        return std::move(started.child());
    if (!template_)
        report_started(spec, process);
    if (spec.type == child_type::supervisor && !has_warned_)
        has_warned_ = warn_where_intensities_multiply(
            intensity_level(flags_,
                            template_ ? supervisor_kind::ordered : supervisor_kind::dynamic),
            {&spec, 1});
    if (spec.restart == temporary) { // never restarted: free what a restart would need
        args = {};
        if (own)
            own->start = {};
    }
    supervisors_ += spec.type == child_type::supervisor;
    ++running_;
    members_.push_back({.spec = template_ ? template_ : std::move(own),
                        .args = std::move(args),
                        .process = process,
                        .started_at = this_process::now()});
    by_process_.insert_or_assign(process, std::prev(members_.end()));
    return std::move(started.child());
}

result<void> dynamic_engine::terminate(const child_key& which) {
    if (template_ && std::holds_alternative<std::string>(which))
        return by_process_only("terminate_child");
    const auto m = find(which);
    if (m == members_.end()) {
        // OTP: a dead process counts as terminated; a live one is the child of another supervisor.
        const auto* process = std::get_if<pid>(&which);
        if (template_ && process && *process && !process->alive())
            return {};
        return not_found(text_of(which));
    }
    if (m->status == child_status::running) {
        const exit_reason why = stop_process(m->process, m->spec->shutdown);
        if (!stopped_as_told(m->spec->restart, m->spec->shutdown.is_brutal(), why))
            report_shutdown_error(*m->spec, m->process, why);
    }
    forget(m);
    return {};
}

result<started_child> dynamic_engine::restart(const std::string&) {
    return by_process_only("restart_child");
}

result<void> dynamic_engine::remove(const std::string&) { return by_process_only("delete_child"); }

result<child_spec> dynamic_engine::spec(const child_key& which) {
    if (const auto m = find(which); m != members_.end())
        return *m->spec;
    if (template_) {
        const auto* id = std::get_if<std::string>(&which);
        const bool known = id ? *id == template_->id : !std::get<pid>(which).alive();
        if (known)
            return *template_;
    }
    return not_found(text_of(which));
}

std::vector<child_info> dynamic_engine::list() {
    std::vector<child_info> all;
    all.reserve(members_.size());
    for (const member& m : members_)
        all.push_back(info_of(m));
    std::reverse(all.begin(), all.end()); // newest first, as in `ordered_engine`
    return all;
}

child_info dynamic_engine::info_of(const member& m) const {
    const bool runs = m.status == child_status::running;
    return {.id = template_ ? std::string{} : m.spec->id,
            .process = runs ? m.process : pid{},
            .status = m.status,
            .type = m.spec->type,
            .restarts = m.restarts,
            .started_at = runs ? m.started_at : time_limit::clock::time_point{}};
}

result<child_info> dynamic_engine::info(const std::string&) {
    return by_process_only("which_child");
}

oldest_children dynamic_engine::oldest(std::size_t at_most) {
    oldest_children some;
    for (auto m = members_.begin(); m != members_.end() && some.children.size() < at_most; ++m)
        some.children.push_back(info_of(*m));
    some.more = members_.size() - some.children.size();
    return some;
}

child_counts dynamic_engine::count() {
    return {.specs = template_ ? 1 : members_.size(),
            .active = running_,
            .supervisors = supervisors_,
            .workers = members_.size() - supervisors_};
}

std::string dynamic_engine::status() {
    return fmt::format("{}, {} children, {} restarts left",
                       template_ ? to_string(simple_one_for_one) : "dynamic", members_.size(),
                       intensity_.left(this_process::now()));
}

// --- exits and restarts of children ---

void dynamic_engine::ended(pid process, const exit_reason& why) {
    const auto m = find(process);
    if (m == members_.end() || m->status != child_status::running)
        return;
    const restart_type type = m->spec->restart;
    if (is_reported(type, why))
        report_child_terminated(*m->spec, process, why, intensity_.left(this_process::now()));
    if (decide_exit(type, why) == after_exit::restart) {
        m->status = child_status::restarting;
        --running_;
        m->failures = flags_.backoff.failures(m->failures, this_process::now() - m->started_at);
        restart_counted(m);
        return;
    }
    const bool significant = m->spec->significant;
    forget(m);
    // All other children come from the same template, so one stands for all of them.
    const child_view other{.restart = type, .significant = significant};
    const std::span<const child_view> rest{&other, members_.empty() ? 0U : 1U};
    if (decide_auto_shutdown(flags_.auto_shutdown, significant, rest))
        this_process::stop(exit_reason::shutdown);
}

void dynamic_engine::try_again(const try_again_restart& which) {
    const auto m = find(which.which);
    if (m == members_.end() || m->status != child_status::restarting || which.wait != m->wait)
        return; // terminated meanwhile
    m->wait = 0;
    if (which.wait == 0)
        restart_counted(m);
    else
        restart_now(m);
}

void dynamic_engine::restart_counted(iterator m) {
    if (!intensity_.record(this_process::now())) {
        report_gave_up(*m->spec, flags_.intensity, flags_.period);
        application_master::note_gave_up();
        forget(m);
        this_process::stop(exit_reason::shutdown);
        return;
    }
    if (!flags_.backoff.enabled()) {
        restart_now(m);
        return;
    }
    m->wait = ++waits_;
    const auto delay =
        flags_.backoff.delay(std::max<std::size_t>(m->failures, 1), jitter(m->wait, m->failures));
    send_retry_after(delay, {m->process, m->wait});
}

void dynamic_engine::restart_now(iterator m) {
    const start_result started = start_one(*m->spec, m->args);
    if (!started.ok()) {
        report_start_error(*m->spec, started.error().reason);
        ++m->failures;
        send_retry({m->process});
        return;
    }
    if (started.is_ignored()) { // no process, so no exit would ever restart it
        forget(m);
        return;
    }
    if (!template_)
        report_started(*m->spec, started.process());
    by_process_.erase(m->process);
    m->process = started.process();
    m->status = child_status::running;
    m->started_at = this_process::now();
    ++m->restarts;
    ++running_;
    by_process_.insert_or_assign(m->process, m);
}

void dynamic_engine::stop_all() {
    std::vector<iterator> order;
    std::vector<child_view> seen;
    for (auto m = members_.begin(); m != members_.end(); ++m) {
        order.push_back(m);
        seen.push_back({m->spec->restart, m->status, m->spec->significant});
    }
    struct unexpected_exit {
        iterator first;
        exit_reason why;
        std::size_t children = 0;
    };
    std::map<std::string, unexpected_exit>
        unexpected; // one report for each reason: there may be a million children
    for (const auto& group : plan_shutdown(simple_one_for_one, seen)) {
        std::vector<stop_order> orders;
        orders.reserve(group.size());
        for (const std::size_t i : group)
            orders.push_back({order[i]->process, order[i]->spec->shutdown});
        stop_together(orders, [&](std::size_t i, const exit_reason& why) {
            const auto m = order[group[i]];
            if (!stopped_as_told(m->spec->restart, m->spec->shutdown.is_brutal(), why))
                ++unexpected.try_emplace(why.text(), unexpected_exit{m, why})
                      .first->second.children;
        });
    }
    for (const auto& [text, e] : unexpected)
        report_shutdown_error(*e.first->spec, e.first->process, e.why, e.children);
    members_.clear();
    by_process_.clear();
    running_ = supervisors_ = 0;
}

dynamic_engine::iterator dynamic_engine::find(const child_key& which) {
    const auto* process = std::get_if<pid>(&which);
    if (!process)
        return members_.end();
    const auto found = by_process_.find(*process);
    return found == by_process_.end() ? members_.end() : found->second;
}

void dynamic_engine::forget(iterator m) {
    running_ -= m->status == child_status::running;
    supervisors_ -= m->spec->type == child_type::supervisor;
    by_process_.erase(m->process);
    members_.erase(m);
}

std::unique_ptr<engine> make_simple_engine(supervisor_spec spec) {
    auto the_template = std::make_shared<const child_spec>(std::move(spec.children.front()));
    return std::make_unique<dynamic_engine>(spec.flags, std::move(the_template),
                                            static_cast<std::size_t>(-1));
}

std::unique_ptr<engine> make_dynamic_engine(const supervisor_flags& flags,
                                            std::size_t max_children,
                                            start_args extra_arguments) {
    return std::make_unique<dynamic_engine>(flags, nullptr, max_children,
                                            std::move(extra_arguments));
}

} // namespace coppice::detail
