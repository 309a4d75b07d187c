// SPDX-License-Identifier: BSL-1.0
// Kind ex: Task and Task.Supervisor.
//
// Where Coppice departs from Elixir on purpose, this says Elixir's rule with the verbs that exist:
// - A handle ends its task. Elixir's tasks end by their links alone: here handles are kept to the
// end
//   of the scenario.
// - A timed-out `await` ends the task. Elixir's gives up: here it is a `yield`, and the task is
// done
//   with.
// - Elixir can shut down a task that it has given up: here that is done by pid.
#include "ex_task.hpp"
#include "ex.hpp"
#include <algorithm>
#include <coppice/process_info.hpp>
#include <coppice/receive.hpp>
#include <coppice/task_supervisor.hpp>

namespace conformance {

using namespace coppice;

namespace {

// --- what a task does: BODY of scenario.md, section 9 ---

struct go_on {};
struct task_is_up {
    std::string name;
};

json::value run(const std::string& name, const json::array& body, pid owner);

json::value names_of(const std::vector<pid>& processes, bool sorted) {
    std::vector<std::string> names;
    for (const pid p : processes)
        names.push_back(tape().name_of(p));
    if (sorted)
        std::sort(names.begin(), names.end());
    return json::value_from(names);
}

/// While it exists, the running process counts as idle when it waits.
class idle_when_waiting {
public:
    explicit idle_when_waiting(pid for_whom = {}) {
        tape().call_begins(this_process::self(), for_whom);
    }
    ~idle_when_waiting() { tape().set_phase(this_process::self(), phase::working); }
    idle_when_waiting(const idle_when_waiting&) = delete;
    idle_when_waiting& operator=(const idle_when_waiting&) = delete;
};

json::value outcome(const json::array& body) {
    const json::value& what = body.at(0);
    if (what == "value")
        return body.at(1);
    if (what == "links")
        return names_of(this_process::info().links, true);
    if (what == "callers")
        return names_of(this_process::callers(), false);
    if (what == "throw")
        throw raised{json::object{{"nocatch", body.at(1)}}};
    if (what == "nest") {
        auto t = async_task(&run, text(json::object{{"t", body.at(1)}}, "t"), body.at(2).as_array(),
                            pid{});
        const idle_when_waiting waiting{t.process()};
        return t.await(infinity);
    }
    if (what == "sleep")
        this_process::sleep(milliseconds(body.at(1)));
    else if (what == "wait") {
        const in_phase idle{phase::refusing}; // whatever lies in its mailbox
        this_process::receive<go_on>();
    } else if (what == "trap")
        this_process::trap_exit(true);
    else
        run_exit_or_error(body);
    return outcome(body.back().as_array());
}

json::value run(const std::string& name, const json::array& body, pid owner) {
    tape().begins(role::client, name, this_process::self());
    tape().add({{"ev", "cb"}, {"at", name}, {"cb", "run"}});
    owner.send(task_is_up{name});
    return outcome(body);
}

// --- the tasks of a scenario, by name ---

struct known_task {
    task<json::value> handle;
    pid owner;
    pid process;
    bool is_open = true; // Elixir's caller still has the monitor: no answer was taken or given up
};

// Any client may ask. One client executes one step at a time, and handles outlive their owners.
std::map<std::string, known_task>& all_tasks() {
    static auto& all = *new std::map<std::string, known_task>;
    return all;
}

known_task& known(const std::string& name) {
    const auto found = all_tasks().find(name);
    if (found == all_tasks().end())
        (void)process_of(name); // exits with `unknown_target`
    return found->second;
}
known_task& known(const json::object& step) { return known(text(step, "task")); }

void check_owner(const known_task& t) {
    if (t.owner != this_process::self()) // a handle that is empty does not ask who asks it
        throw std::logic_error{"not the owner"};
}

[[noreturn]] void time_is_up() {
    coppice::detail::throw_failure({.code = errc::timeout, .reason = exit_reason::timeout});
}

json::object outcome_of(const result<json::value>& r) {
    if (r)
        return value(*r);
    return {{"result", "down"}, {"reason", to_json(r.error().reason)}};
}

json::object outcome_of(const std::optional<result<json::value>>& r) {
    if (r)
        return outcome_of(*r);
    return {{"result", "nothing"}};
}

std::optional<result<json::value>> yield(known_task& t, time_limit timeout) {
    check_owner(t);
    if (!t.is_open)
        return std::nullopt;
    const idle_when_waiting waiting{t.process};
    auto r = t.handle.yield(timeout);
    t.is_open = !r;
    return r;
}

step_result await_task(const json::object& step) {
    known_task& t = known(step);
    auto r = yield(t, elixir_timeout(step));
    t.is_open = false;
    if (!r)
        time_is_up();
    return reply(std::move(*r).value());
}

step_result yield_task(const json::object& step) {
    return outcome_of(yield(known(step), elixir_timeout(step)));
}

step_result ignore_task(const json::object& step) {
    known_task& t = known(step);
    check_owner(t);
    if (!std::exchange(t.is_open, false))
        return outcome_of(std::nullopt);
    return outcome_of(t.handle.ignore());
}

// Of a task whose answer is not wanted any more.
std::optional<result<json::value>> shut_down(pid process, bool brutal, time_limit timeout) {
    if (!process.alive())
        return coppice::detail::failed<json::value>(
            {.code = errc::noproc, .reason = exit_reason::noproc});
    this_process::unlink(process);
    const monitor_ref watch = this_process::monitor(process);
    process.exit(brutal ? exit_reason::kill : exit_reason::shutdown);
    const auto ours = [&](const down& d) { return d.ref == watch; };
    const auto ended = [](down d) { return std::optional{std::move(d.reason)}; };
    const auto late = [] { return std::optional<exit_reason>{}; };
    auto why = this_process::receive(when(ours, ended),
                                     after(brutal ? time_limit{infinity} : timeout, late));
    if (!why) {
        process.exit(exit_reason::kill);
        why = this_process::receive(when(ours, ended));
    }
    if (*why == (brutal ? exit_reason::killed : exit_reason::shutdown))
        return std::nullopt;
    return coppice::detail::failed<json::value>({.code = errc::exited, .reason = *why});
}

step_result shutdown_task(const json::object& step) {
    known_task& t = known(step);
    check_owner(t);
    const bool brutal = step.contains("timeout") && step.at("timeout") == "brutal_kill";
    const idle_when_waiting waiting{t.process};
    const time_limit timeout = brutal ? time_limit{infinity} : elixir_timeout(step);
    if (!std::exchange(t.is_open, false))
        return outcome_of(shut_down(t.process, brutal, timeout));
    return outcome_of(brutal ? t.handle.shutdown(brutal_kill) : t.handle.shutdown(timeout));
}

/// The tasks of a step, whose open handles are in one range meanwhile.
class several {
public:
    explicit several(const json::object& step) {
        for (const auto& name : step.at("tasks").as_array())
            all_.push_back(&known(std::string{name.as_string()}));
        for (known_task* t : all_) {
            check_owner(*t);
            if (t->is_open)
                handles.push_back(std::move(t->handle));
        }
    }
    ~several() {
        std::size_t i = 0;
        for (known_task* t : all_)
            if (t->is_open)
                t->handle = std::move(handles[i++]);
        for (const auto& [t, open] : after_)
            t->is_open = open;
    }
    several(const several&) = delete;
    several& operator=(const several&) = delete;

    const std::vector<known_task*>& all() const { return all_; }
    void afterwards(known_task* t, bool is_open) { after_.emplace_back(t, is_open); }

    std::vector<task<json::value>> handles;

private:
    std::vector<known_task*> all_;
    std::vector<std::pair<known_task*, bool>> after_;
};

step_result await_tasks(const json::object& step) {
    several tasks{step};
    for (known_task* t : tasks.all())
        tasks.afterwards(t, false);
    const bool waits_in_vain = tasks.handles.size() < tasks.all().size();
    const idle_when_waiting waiting;
    auto values = await_many(tasks.handles, elixir_timeout(step));
    if (waits_in_vain)
        time_is_up();
    json::array all;
    for (auto& v : values)
        all.push_back(std::move(v));
    return value(std::move(all));
}

step_result yield_tasks(const json::object& step) {
    several tasks{step};
    const idle_when_waiting waiting;
    auto answers = yield_many(tasks.handles, elixir_timeout(step));
    json::array all;
    std::size_t i = 0;
    for (known_task* t : tasks.all()) {
        std::optional<result<json::value>> r;
        if (t->is_open) {
            r = std::move(answers[i++]);
            tasks.afterwards(t, !r);
        }
        all.push_back(outcome_of(r));
    }
    return json::object{{"result", "list"}, {"list", std::move(all)}};
}

// --- starts ---

server_ref<task_supervisor> supervisor_of(const json::object& step) {
    return server_ref<task_supervisor>{process_of(text(step, "sup"))};
}

task<json::value> start(const json::object& step) {
    const auto name = text(step, "task");
    const auto& body = step.at("body").as_array();
    const pid me = this_process::self();
    if (!step.contains("sup"))
        return async_task(&run, name, body, me);
    const auto sup = supervisor_of(step);
    try {
        return flag(step, "nolink") ? task_supervisor::async_nolink(sup, &run, name, body, me)
                                    : task_supervisor::async(sup, &run, name, body, me);
    } catch (const call_error& e) {
        if (e.code() == errc::max_children)
            throw elixir_error{"runtime_error"};
        throw;
    }
}

step_result async(const json::object& step) {
    auto t = start(step);
    const pid process = t.process();
    this_process::receive(when([&](const task_is_up& up) { return up.name == text(step, "task"); },
                               [](task_is_up) {}),
                          after(std::chrono::seconds{2}, [] {}));
    all_tasks().insert_or_assign(text(step, "task"),
                                 known_task{std::move(t), this_process::self(), process});
    return ok();
}

step_result go(const json::object& step) {
    process_of(text(step, "task")).send(go_on{});
    return {};
}

dynamic_supervisor_flags flags_of(const json::object& step) {
    dynamic_supervisor_flags f;
    if (const json::value* n = step.if_contains("max_children"))
        f.max_children = static_cast<std::size_t>(n->as_int64());
    if (const json::value* n = step.if_contains("max_restarts"))
        f.intensity = static_cast<unsigned>(n->as_int64());
    if (const json::value* n = step.if_contains("max_seconds"))
        f.period = std::chrono::seconds{n->as_int64()};
    return f;
}

step_result start_supervisor(const json::object& step) {
    const auto s = coppice::start_link<task_supervisor>(flags_of(step));
    tape().begins(role::server, text(step, "name"), s.process());
    tape().set_phase(s.process(), phase::main_loop);
    return ok();
}

task_options options_of(const json::object& step) {
    task_options o;
    const std::string restart = text_or(step, "restart", "temporary");
    o.restart = restart == "permanent" ? permanent : restart == "transient" ? transient : temporary;
    if (const json::value* v = step.if_contains("shutdown"))
        o.shutdown = *v == "brutal_kill" ? shutdown_policy{brutal_kill}
                     : v->is_string()    ? shutdown_policy{infinity}
                                         : shutdown_policy{milliseconds(*v)};
    return o;
}

step_result start_child(const json::object& step) {
    const auto started = task_supervisor::try_start_child(
        supervisor_of(step), options_of(step), &run, text(step, "task"),
        json::array(step.at("body").as_array()), pid{});
    return started ? ok() : refused(to_json(started.error().reason));
}

step_result children(const json::object& step) {
    return value(names_of(task_supervisor::children(supervisor_of(step)), true));
}

step_result terminate_child(const json::object& step) {
    const auto done =
        task_supervisor::try_terminate_child(supervisor_of(step), process_of(text(step, "task")));
    return done ? ok() : refused(to_json(done.error().reason));
}

// --- streams ---

struct item {
    std::string name;
    json::array body;
};

struct counts {
    std::atomic<int> running{0};
    std::atomic<int> most{0};
};

json::value run_item(const std::shared_ptr<counts>& c, const item& i) {
    const int now = ++c->running;
    for (int most = c->most; now > most && !c->most.compare_exchange_weak(most, now);) {}
    json::value v = run(i.name, i.body, {});
    --c->running;
    return v;
}

// Elixir's stream without `_nolink` has links to its tasks: one that fails ends a caller that does
// not trap exits.
json::object outcome_of(const result<json::value>& r, bool is_linked) {
    if (!r && r.error().code == errc::exited && is_linked && !this_process::traps_exit())
        this_process::exit(r.error().reason);
    return outcome_of(r);
}

json::array take_from(auto&& stream, const json::object& step) {
    json::array all;
    const json::value* most = step.if_contains("take");
    for (auto& r : stream) {
        all.push_back(outcome_of(r, !flag(step, "nolink")));
        if (most && all.size() == static_cast<std::size_t>(most->as_int64()))
            break;
    }
    return all;
}

step_result stream(const json::object& step) {
    std::vector<item> items;
    for (const auto& body : step.at("items").as_array())
        items.push_back(
            {text(step, "name") + '.' + std::to_string(items.size() + 1), body.as_array()});
    stream_options o{.ordered = flag(step, "ordered", true),
                     .timeout = elixir_timeout(step),
                     .on_timeout = text_or(step, "on_timeout", "exit") == "exit"
                                       ? on_timeout::exit
                                       : on_timeout::fail};
    if (const json::value* n = step.if_contains("max_concurrency"))
        o.max_concurrency = static_cast<std::size_t>(n->as_int64());
    const auto seen = std::make_shared<counts>();
    const auto f = [seen](const item& i) { return run_item(seen, i); };
    const idle_when_waiting waiting;
    json::object res{{"result", "list"}};
    res["list"] =
        step.contains("sup")
            ? take_from(task_supervisor::async_stream(supervisor_of(step), items, f, o), step)
            : take_from(async_stream(items, f, o), step);
    if (flag(step, "peak"))
        res["peak"] = seen->most.load();
    return res;
}

} // namespace

std::vector<std::string> monitored_tasks() {
    std::vector<std::string> names;
    for (const auto& [name, t] : all_tasks())
        if (t.is_open && t.owner == this_process::self() && t.process.alive())
            names.push_back(name);
    return names;
}

const ex_operations& task_operations() {
    static const ex_operations all{{"task_sup", &start_supervisor},
                                   {"async", &async},
                                   {"await", &await_task},
                                   {"yield", &yield_task},
                                   {"shutdown", &shutdown_task},
                                   {"ignore", &ignore_task},
                                   {"await_many", &await_tasks},
                                   {"yield_many", &yield_tasks},
                                   {"go", &go},
                                   {"task_start_child", &start_child},
                                   {"task_children", &children},
                                   {"task_terminate", &terminate_child},
                                   {"stream", &stream}};
    return all;
}

} // namespace conformance
