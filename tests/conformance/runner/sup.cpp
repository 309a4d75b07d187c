// SPDX-License-Identifier: BSL-1.0
// Kind sup: supervisor trees.
#include "sup.hpp"

#include "kinds.hpp"
#include "worker.hpp"
#include <coppice/check_spec.hpp>
#include <coppice/detail/server.hpp>
#include <coppice/process.hpp>
#include <coppice/receive.hpp>
#include <coppice/supervisor.hpp>
#include <coppice/sys.hpp>
#include <coppice/this_process.hpp>
#include <unordered_map>

namespace conformance {

using namespace coppice;

namespace {

// --- trees as specs ---

/// The arguments of `start_child` that identify a child of a simple_one_for_one supervisor.
struct dynamic_child {
    std::string name;
    std::optional<json::object> behaviour; ///< replaces the template's
};

start_result start(const std::string& path,
                   const json::object& child,
                   const json::object& behaviour);

json::object behaviour_of(const json::object& child) {
    const json::value* b = child.if_contains("beh");
    return b ? b->as_object() : json::object{};
}

std::optional<spec_value> word_or_number(const json::object& o, std::string_view key) {
    const json::value* v = o.if_contains(key);
    if (!v)
        return {};
    if (const auto* b = v->if_bool())
        return *b;
    if (const auto* n = v->if_int64())
        return *n;
    return std::string{v->as_string()};
}

start_function start_of(const std::string& supervisor, const json::object& child) {
    if (flag(child, "dynamic"))
        return [=](const start_args& extra) {
            const auto& [d] = *extra.get_if<dynamic_child>();
            return start(supervisor + '/' + d.name, child,
                         d.behaviour ? *d.behaviour : behaviour_of(child));
        };
    return [path = supervisor + '/' + text_or(child, "id", "?"), child] {
        return start(path, child, behaviour_of(child));
    };
}

} // namespace

unchecked_child_spec spec_of(const std::string& supervisor, const json::object& child) {
    unchecked_child_spec spec;
    if (child.contains("id"))
        spec.id = text(child, "id");
    spec.start = start_of(supervisor, child);
    spec.restart = word_or_number(child, "restart");
    spec.shutdown = word_or_number(child, "shutdown");
    spec.type = word_or_number(child, "type");
    spec.significant = word_or_number(child, "significant");
    return spec;
}

namespace {

// A supervisor's init, in its own process, at each of its starts.
supervisor_spec init(const std::string& path, const json::object& words) {
    tape().begins(role::supervisor, path, this_process::self());
    const json::value how = value_or(words, "init", "ok");
    if (how == "ignore")
        this_process::ignore();
    if (how == "bad")
        this_process::exit(exit_reason::tagged("bad_return", exit_reason{"garbage"}));
    if (how.is_object())
        this_process::exit(reason_from(how.as_object(), "exit"));
    std::vector<unchecked_child_spec> children;
    if (const json::value* all = words.if_contains("children"))
        for (const auto& child : all->as_array())
            children.push_back(spec_of(path, child.as_object()));
    auto checked = check_supervisor({.strategy = word_or_number(words, "strategy"),
                                     .intensity = word_or_number(words, "intensity"),
                                     .period = word_or_number(words, "period"),
                                     .auto_shutdown = word_or_number(words, "auto_shutdown")},
                                    children);
    if (!checked)
        this_process::exit(checked.error().reason);
    return std::move(*checked);
}

start_result start_supervisor(const std::string& path, const json::object& words) {
    start_result started = try_start_link<supervisor>(
        std::function<supervisor_spec()>{[=] { return init(path, words); }});
    if (started.ok())
        tape().set_phase(started.process(), phase::main_loop);
    return started;
}

// --- what a start function does: BEH.start, one outcome for each attempt ---

start_result launch(const std::string& path,
                    const json::object& child,
                    const json::object& behaviour) {
    if (const json::value* inner = child.if_contains("sup"))
        return start_supervisor(path, inner->as_object());
    return start_worker(path, behaviour);
}

void tell_failed(const std::string& path, unsigned attempt, std::string_view how, json::value why) {
    tape().add({{"ev", "start_failed"},
                {"child", path},
                {"try", attempt},
                {"how", how},
                {"reason", std::move(why)}});
}

start_result start(const std::string& path,
                   const json::object& child,
                   const json::object& behaviour) {
    const unsigned attempt = tape().attempt(path);
    json::value outcome = "ok";
    if (const json::value* outcomes = behaviour.if_contains("start")) {
        const auto& all = outcomes->as_array();
        outcome = all.at(std::min<std::size_t>(attempt, all.size()) - 1);
    }
    if (outcome == "ok")
        return launch(path, child, behaviour);
    if (outcome == "ignore") {
        tape().add({{"ev", "ignored"}, {"child", path}, {"try", attempt}});
        return start_result::ignored();
    }
    if (outcome == "bad") { // no C++ function returns rubbish: OTP makes this reason of it
        tell_failed(path, attempt, "bad", "garbage");
        return start_result::failed(exit_reason{"garbage"});
    }
    const json::object& way = outcome.as_object();
    if (const auto delay = milliseconds(way, "delay_ms"))
        this_process::sleep(*delay);
    if (way.contains("ok")) {
        start_result started = launch(path, child, behaviour);
        if (started.ok() && started.process() && way.contains("info"))
            started.child().info = way.at("info");
        return started;
    }
    for (const std::string_view how : {"error", "exit", "crash"}) {
        const json::value* why = way.if_contains(how);
        if (!why)
            continue;
        tell_failed(path, attempt, how, *why);
        if (how == "error")
            return start_result::failed(reason_from(*why));
        if (how == "exit")
            this_process::exit(reason_from(*why));
        return start_crashing_worker(*why);
    }
    throw std::runtime_error{"no such start outcome: " + json::serialize(outcome)};
}

} // namespace

// --- what the supervisor answers ---

// `exited` and `noproc` are about the supervisor, all else is its answer.
json::object answer_of(const failure& why) {
    if (why.code == errc::noproc || why.code == errc::exited)
        return exited(why);
    return refused(to_json(why.reason));
}

json::object answer_of(const result<void>& done) { return done ? ok() : answer_of(done.error()); }

json::object answer_of(result<started_child> started) {
    if (!started)
        return answer_of(started.error());
    json::object o = ok();
    o["child"] = started->process ? json::value(tape().name_of(started->process)) : nullptr;
    if (started->info.has_value())
        o["info"] = std::any_cast<const json::value&>(started->info);
    return o;
}

json::value process_of(const child_info& c) {
    switch (c.status) {
    case child_status::running:
        return c.process ? json::value(tape().name_of(c.process)) : nullptr;
    case child_status::restarting:
        return "restarting";
    case child_status::stopped:
        return nullptr;
    }
    return nullptr;
}

json::object answer_of(const result<std::vector<child_info>>& all) {
    if (!all)
        return answer_of(all.error());
    json::array children;
    for (const child_info& c : *all)
        children.push_back(json::object{{"id", c.id.empty() ? json::value{} : json::value(c.id)},
                                        {"child", process_of(c)},
                                        {"type", to_string(c.type)}});
    return {{"result", "list"}, {"children", std::move(children)}};
}

json::object answer_of(const result<child_counts>& n) {
    if (!n)
        return answer_of(n.error());
    return {{"result", "counts"},
            {"specs", n->specs},
            {"active", n->active},
            {"supervisors", n->supervisors},
            {"workers", n->workers}};
}

namespace {
json::value to_json(const shutdown_policy& p) {
    if (p.is_brutal() || p.is_infinite())
        return json::value(p.text());
    return std::chrono::duration_cast<std::chrono::milliseconds>(p.time()).count();
}
} // namespace

json::object answer_of(const result<child_spec>& spec) {
    if (!spec)
        return answer_of(spec.error());
    return {{"result", "spec"},
            {"id", spec->id},
            {"restart", to_string(spec->restart)},
            {"shutdown", to_json(spec->shutdown)},
            {"type", to_string(spec->type)},
            {"significant", spec->significant}};
}

// --- steps: signals ---

namespace {

pid last_or_null(const std::string& path) { return tape().last(path).value_or(pid{}); }

} // namespace

json::object crash(const json::object& step) {
    const pid child = last_or_null(text(step, "child"));
    if (!child.alive())
        return noproc();
    child.send(crash_order{step.at("reason"), text_or(step, "how", "exit") == "error"});
    return ok();
}

namespace {

// The sender is a process outside of the scenario.
json::object signal(const json::object& step) {
    const pid to = last_or_null(text(step, "to"));
    if (!to.alive())
        return noproc();
    const auto sender = spawn_monitor([to, why = reason_from(step.at("reason"))] { to.exit(why); });
    this_process::receive(
        when([&](const down& d) { return d.ref == sender.monitor; }, [](down) {}));
    return ok();
}

json::object stop_root(const json::object& tree, const exit_reason& why) {
    const pid root = last_or_null(text(tree, "sup"));
    if (!root.alive())
        return noproc();
    root.exit(why);
    return ok();
}

// --- steps: calls of a supervisor ---

using supervisor_call = json::object (*)(pid sup, const json::object& step);

supervisor_ref ref(pid sup) { return server_ref<supervisor>{sup}; }

json::object start_child(pid sup, const json::object& step) {
    if (const json::value* child = step.if_contains("child"))
        return answer_of(
            supervisor::try_start_child(ref(sup), spec_of(text(step, "sup"), child->as_object())));
    dynamic_child child{.name = text(step, "name"), .behaviour = {}};
    if (step.contains("beh"))
        child.behaviour = behaviour_of(step);
    return answer_of(supervisor::try_start_child(ref(sup), start_args::of(std::move(child))));
}

json::object terminate_child(pid sup, const json::object& step) {
    if (step.contains("id"))
        return answer_of(supervisor::try_terminate_child(ref(sup), text(step, "id")));
    const auto child = tape().last(text(step, "sup") + '/' + text(step, "name"));
    return answer_of(
        supervisor::try_terminate_child(ref(sup), child.value_or(this_process::self())));
}

json::object get_childspec(pid sup, const json::object& step) {
    if (step.contains("id"))
        return answer_of(supervisor::try_get_childspec(ref(sup), text(step, "id")));
    const auto child = tape().last(text(step, "sup") + '/' + text(step, "name"));
    return answer_of(supervisor::try_get_childspec(ref(sup), child.value_or(this_process::self())));
}

std::string id_of(const json::object& step) {
    return text(step, step.contains("id") ? "id" : "name");
}

json::object restart_child(pid sup, const json::object& step) {
    return answer_of(supervisor::try_restart_child(ref(sup), id_of(step)));
}

json::object delete_child(pid sup, const json::object& step) {
    return answer_of(supervisor::try_delete_child(ref(sup), id_of(step)));
}

json::object which_children(pid sup, const json::object&) {
    return answer_of(supervisor::try_which_children(ref(sup)));
}

json::object count_children(pid sup, const json::object&) {
    return answer_of(supervisor::try_count_children(ref(sup)));
}

json::object gen_stop(pid sup, const json::object& step) {
    return answer_of(detail::stop_server(sup, reason_from(step, "reason"), infinity));
}

const std::unordered_map<std::string, supervisor_call> supervisor_calls{
    {"start_child", &start_child},       {"terminate_child", &terminate_child},
    {"get_childspec", &get_childspec},   {"restart_child", &restart_child},
    {"delete_child", &delete_child},     {"which_children", &which_children},
    {"count_children", &count_children}, {"gen_stop", &gen_stop}};

struct helper_is_calling {};

// A call that may take long is made by a helper, which reports the answer as an event.
void call_from_helper(supervisor_call call, pid sup, const json::object& step) {
    spawn([=, driver = this_process::self()] {
        const std::string tag = text_or(step, "tag", "async");
        tape().begins(role::helper, "helper " + tag, this_process::self());
        tape().call_begins(this_process::self(), sup);
        driver.send(helper_is_calling{});
        json::object answer = call(sup, step);
        tape().set_phase(this_process::self(), phase::working);
        tape().add({{"ev", "async_result"}, {"tag", tag}, {"res", std::move(answer)}});
    });
    this_process::receive<helper_is_calling>();
}

step_result call_supervisor(supervisor_call call, const json::object& step) {
    const auto sup = tape().last(text(step, "sup"));
    if (!sup)
        return undefined();
    if (!flag(step, "async"))
        return call(*sup, step);
    call_from_helper(call, *sup, step);
    return {};
}

json::object suspend(const json::object& step) {
    const pid sup = last_or_null(text(step, "sup"));
    if (!sup.alive())
        return noproc();
    const auto done = sys::try_suspend(sup);
    if (done)
        tape().set_phase(sup, phase::suspended);
    return answer_of(done);
}

json::object resume(const json::object& step) {
    const pid sup = last_or_null(text(step, "sup"));
    if (!sup.alive())
        return noproc();
    tape().set_phase(sup, phase::main_loop);
    return answer_of(sys::try_resume(sup));
}

} // namespace

json::object start_tree(const json::object& tree) {
    const start_result root = start_supervisor(text(tree, "sup"), tree);
    if (!root.ok())
        return refused(to_json(root.error().reason));
    if (root.is_ignored())
        return ignored();
    json::object o = ok();
    o["child"] = tape().name_of(root.process());
    return o;
}

step_result supervisor_step(const json::object& tree, const json::object& step) {
    const std::string what = text(step, "do");
    if (what == "crash")
        return crash(step);
    if (what == "exit_signal")
        return signal(step);
    if (what == "stop")
        return stop_root(tree, reason_from(step, "reason", "shutdown"));
    if (what == "suspend")
        return suspend(step);
    if (what == "resume")
        return resume(step);
    const auto call = supervisor_calls.find(what);
    if (call == supervisor_calls.end())
        throw std::runtime_error{"no such step: " + what};
    return call_supervisor(call->second, step);
}

json::object stop_tree(const json::object& tree) { return stop_root(tree, exit_reason::shutdown); }

} // namespace conformance
