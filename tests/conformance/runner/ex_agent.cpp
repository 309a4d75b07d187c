// SPDX-License-Identifier: BSL-1.0
// Kind ex: Agent.
#include "ex_registry.hpp"
#include "messages.hpp"
#include <coppice/agent.hpp>
#include <coppice/detail/server_class.hpp>
#include <coppice/names.hpp>

namespace conformance {

using namespace coppice;

namespace {

struct agent_state {
    json::value value;
};
using scripted_agent = agent<agent_state>;
using agent_ref = server_ref<scripted_agent>;

// A thrown value is the return value, and no valid one.
[[noreturn]] void bad_return(const json::value& what) {
    this_process::exit(exit_reason::tagged("bad_return_value", reason_from(what)));
}

json::value initial(const json::array& body) {
    const json::value& what = body.at(0);
    if (what == "value")
        return body.at(1);
    if (what == "sleep") {
        this_process::sleep(milliseconds(body.at(1)));
        return initial(body.at(2).as_array());
    }
    if (what == "throw")
        bad_return(body.at(1));
    run_exit_or_error(body);
    throw std::runtime_error{"no such body of an agent: " + json::serialize(body)};
}

// FUN of scenario.md, section 9.
json::value changed(const json::array& fun, const json::value& v) {
    const json::value& what = fun.at(0);
    if (what == "get")
        return v;
    if (what == "set")
        return fun.at(1);
    if (what == "add")
        return v.as_int64() + fun.at(1).as_int64();
    if (what == "sleep") {
        this_process::sleep(milliseconds(fun.at(1)));
        return changed(fun.at(2).as_array(), v);
    }
    if (what == "throw")
        bad_return(fun.at(1));
    run_exit_or_error(fun);
    throw std::runtime_error{"no such function of an agent: " + json::serialize(fun)};
}

/// Runs in the agent; tells that it did if the request has an id.
struct function {
    json::object step;

    json::value operator()(const json::value& v) const {
        if (const json::value* id = step.if_contains("id"))
            tape().add({{"ev", "cb"},
                        {"at", tape().name_of(this_process::self())},
                        {"cb", "fun"},
                        {"id", *id}});
        return changed(step.at("fun").as_array(), v);
    }
};

/// The place of a step's [REG,KEY] in the registry REG; a registry that is not there, or that has
/// many processes a key, is Elixir's `ArgumentError`.
auto under_key(const json::array& place) {
    unique_keys* const registry = unique_registry(std::string{place.at(0).as_string()});
    if (!registry)
        throw elixir_error{"argument_error"};
    return (*registry)(registry_key(place.at(1)));
}

agent_ref target(const json::object& step) {
    if (const json::array* place = step.at("to").if_array())
        return agent_ref{under_key(*place).whereis()};
    const std::string to = text(step, "to");
    if (to.starts_with('@'))
        return agent_ref{whereis(std::string_view{to}.substr(1))};
    return agent_ref{process_of(to)};
}

step_result start_agent(const json::object& step) {
    const std::string name = text_or(step, "reg", "");
    coppice::detail::server_start_options how{.link = flag(step, "link", true), .name = name};
    if (!name.empty())
        how.binding = coppice::detail::binding_of<scripted_agent, scripted_agent>();
    std::shared_ptr<const coppice::detail::key_claim> key;
    if (const json::value* place = step.if_contains("via"))
        key = coppice::detail::claim_of<scripted_agent>(under_key(place->as_array()));
    how.key = key.get();
    if (const auto limit = milliseconds(step, "timeout"))
        how.timeout = *limit;
    const auto init = [path = text(step, "name"), body = step.at("init").as_array()] {
        tape().begins(role::server, path, this_process::self());
        agent_state s{initial(body)};
        tape().set_phase(this_process::self(), phase::main_loop);
        return s;
    };
    const auto started = coppice::detail::start<scripted_agent>(how, init);
    if (started)
        return ok();
    // OTP 25, from which the traces are, sends a starter that traps exits the exit message of a
    // start that failed; OTP 26 and Coppice do not.
    if (started.error().code == errc::start_failed && how.link && this_process::traps_exit())
        tape().add({{"ev", "exit_msg"},
                    {"at", tape().name_of(this_process::self())},
                    {"from", text(step, "name")},
                    {"reason", to_json(started.error().reason)}});
    return refused(to_json(started.error().reason));
}

/// Elixir sends an agent's requests to any process. One that is no server takes it as a message,
/// and does not answer; here such a process cannot be named as an agent.
void send_as_message(pid to, json::value request) { to.send(note{"?", std::move(request)}); }

// While the client waits it counts as idle.
template <class F>
auto waiting(const agent_ref& a, json::value request, time_limit timeout, F f) {
    tape().call_begins(this_process::self(), a.process());
    struct back_to_work {
        ~back_to_work() { tape().set_phase(this_process::self(), phase::working); }
    } const after;
    if (a.process().alive() && !coppice::detail::class_of(a.process())) {
        send_as_message(a.process(), std::move(request));
        this_process::sleep(timeout);
        coppice::detail::throw_failure(
            {.code = errc::timeout, .reason = exit_reason{"timeout"}, .detail = "no answer"});
    }
    return f();
}

json::array from_list() { return {tape().name_of(this_process::self()), "list"}; }

json::value call_of(const char* what) {
    return json::array{"$gen_call", from_list(), json::object{{what, "fun"}}};
}

step_result get(const json::object& step) {
    const agent_ref a = target(step);
    return reply(waiting(a, call_of("get"), elixir_timeout(step), [&] {
        return scripted_agent::get(
            a, [f = function{step}](const agent_state& s) { return f(s.value); },
            elixir_timeout(step));
    }));
}

step_result update(const json::object& step) {
    const agent_ref a = target(step);
    waiting(a, call_of("update"), elixir_timeout(step), [&] {
        scripted_agent::update(
            a, [f = function{step}](agent_state& s) { s.value = f(s.value); },
            elixir_timeout(step));
    });
    return ok();
}

step_result get_and_update(const json::object& step) {
    const agent_ref a = target(step);
    return reply(waiting(a, call_of("get_and_update"), elixir_timeout(step), [&] {
        return scripted_agent::get_and_update(
            a, [f = function{step}](agent_state& s) { return std::exchange(s.value, f(s.value)); },
            elixir_timeout(step));
    }));
}

step_result cast(const json::object& step) {
    const agent_ref a = target(step);
    if (a.process().alive() && !coppice::detail::class_of(a.process()))
        send_as_message(a.process(), json::array{"$gen_cast", json::object{{"cast", "fun"}}});
    else
        scripted_agent::cast(a, [f = function{step}](agent_state& s) { s.value = f(s.value); });
    return ok();
}

step_result stop(const json::object& step) {
    const agent_ref a = target(step);
    json::array told{"system", json::array{tape().name_of(this_process::self()), "ref"},
                     json::object{{"terminate", to_json(reason_from(step, "reason"))}}};
    waiting(a, std::move(told), infinity, [&] { a.stop(reason_from(step, "reason")); });
    return ok();
}

} // namespace

const ex_operations& agent_operations() {
    static const ex_operations all{
        {"agent", &start_agent},   {"agent_get", &get},
        {"agent_update", &update}, {"agent_get_and_update", &get_and_update},
        {"agent_cast", &cast},     {"agent_stop", &stop}};
    return all;
}

} // namespace conformance
