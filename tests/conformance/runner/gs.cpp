// SPDX-License-Identifier: BSL-1.0
// Kinds gs and sm: the operations of the clients of a gen_server and of a gen_statem.
#include "kinds.hpp"
#include "machine.hpp"
#include "server.hpp"
#include <coppice/names.hpp>
#include <coppice/this_process.hpp>
#include <functional>
#include <unordered_map>

namespace conformance {

using namespace coppice;

namespace {

using server = server_ref<scripted_server>;
using machine = server_ref<gen_statem<scripted_machine>>;

// The target `to`: a process by its name in the scenario, or by a registered name.
std::optional<server> target(const json::object& step) {
    const std::string to = text(step, "to");
    if (to.starts_with('@'))
        return server{whereis(std::string_view{to}.substr(1))};
    if (const auto found = tape().last(to))
        return server{*found};
    return {};
}

step_result unknown_target() { return exited("unknown_target"); }

time_limit limit_of(const json::object& step) {
    const auto ms = milliseconds(step, "timeout");
    return ms ? time_limit{*ms} : time_limit{infinity};
}

template <class S>
step_result start(const json::object& step) {
    const std::string name = text_or(step, "reg", "");
    detail::server_start_options how{.link = flag(step, "link", true), .name = name};
    if (!name.empty())
        how.binding = detail::binding_of<S, S>();
    how.timeout = limit_of(step);
    const auto started = detail::start<S>(how, text(step, "name"), step);
    if (started)
        return ok();
    if (started.error().code == errc::ignored)
        return ignored();
    return refused(to_json(started.error().reason));
}

template <class Call, class Server>
step_result call_in(Server to, const json::object& step) {
    const pid me = this_process::self();
    Call request{step, tape().call_begins(me, to.process())};
    if (!flag(step, "catch", true)) {
        answer got = to.call(std::move(request), limit_of(step));
        tape().set_phase(me, phase::working);
        return reply(std::move(got.value));
    }
    auto got = to.try_call(std::move(request), limit_of(step));
    tape().set_phase(me, phase::working);
    if (!got)
        return exited(got.error());
    return reply(std::move(got->value));
}

step_result call(const json::object& step) {
    const auto to = target(step);
    if (!to) // the only operation that looks its target up outside of its try block
        this_process::exit(exit_reason{"unknown_target"});
    if (flag(step, "sm"))
        return call_in<machine_call>(machine{to->process()}, step);
    return returns_answer(step.at("ret").as_array()) ? call_in<plain_call>(*to, step)
                                                     : call_in<open_call>(*to, step);
}

step_result cast(const json::object& step) {
    const auto to = target(step);
    if (!to)
        return unknown_target();
    if (flag(step, "sm"))
        machine{to->process()}.cast(machine_cast{step});
    else
        to->cast(cast_request{step});
    return ok();
}

// By pid, as any message: it reaches `handle_info(message)`.
step_result info(const json::object& step) {
    const auto to = target(step);
    if (!to)
        return unknown_target();
    if (!to->process()) // a name that is not registered
        return raised_error("badarg");
    to->process().send(info_request{step});
    return {};
}

step_result stop(const json::object& step) {
    const auto to = target(step);
    if (!to)
        return unknown_target();
    const auto stopped = to->try_stop(reason_from(step, "reason"), limit_of(step));
    return stopped ? ok() : exited(stopped.error());
}

const std::unordered_map<std::string, step_result (*)(const json::object&)> operations{
    {"start", &start<scripted_server>},
    {"start_sm", &start<gen_statem<scripted_machine>>},
    {"call", &call},
    {"cast", &cast},
    {"info", &info},
    {"stop", &stop}};

} // namespace

bool server_operation(const std::string& what, const json::object& step, step_result& result) {
    const auto found = operations.find(what);
    if (found == operations.end())
        return false;
    result = found->second(step);
    return true;
}

} // namespace conformance
