// SPDX-License-Identifier: BSL-1.0
// Kind ex: the operations of DynamicSupervisor.
#include "ex.hpp"
#include "recorder.hpp"
#include "sup.hpp"
#include <algorithm>
#include <coppice/dynamic_supervisor.hpp>

namespace conformance {

using namespace coppice;

namespace {

step_result start(const json::object& step) {
    dynamic_supervisor_flags flags;
    if (const json::value* n = step.if_contains("max_children"); n && n->is_int64())
        flags.max_children = static_cast<std::size_t>(n->as_int64());
    if (const json::value* n = step.if_contains("max_restarts"))
        flags.intensity = static_cast<unsigned>(n->as_int64());
    if (const json::value* n = step.if_contains("max_seconds"))
        flags.period = std::chrono::seconds{n->as_int64()};
    const auto started = try_start_link<dynamic_supervisor>(flags);
    if (!started)
        return refused(to_json(started.error().reason));
    tape().begins(role::server, text(step, "name"), *started);
    tape().set_phase(*started, phase::main_loop);
    return ok();
}

using call = json::object (*)(const supervisor_ref& sup, const json::object& step);

/// One call of the supervisor that the step names.
template <call ask>
step_result call_of(const json::object& step) {
    const auto sup = tape().last(text(step, "sup"));
    if (!sup)
        return exited("unknown_target");
    return ask(server_ref<dynamic_supervisor>{*sup}, step);
}

json::object start_child(const supervisor_ref& sup, const json::object& step) {
    json::object child{{"id", step.at("child")}};
    for (const char* key : {"restart", "shutdown", "type", "beh"})
        if (const json::value* given = step.if_contains(key))
            child[key] = *given;
    auto started = dynamic_supervisor::try_start_child(sup, spec_of(text(step, "sup"), child));
    if (started && !started->process)
        return ignored();
    return answer_of(std::move(started));
}

json::object terminate_child(const supervisor_ref& sup, const json::object& step) {
    const auto child = tape().last(text(step, "sup") + '/' + text(step, "child"));
    if (!child)
        return exited("unknown_target");
    return answer_of(dynamic_supervisor::try_terminate_child(sup, *child));
}

json::object which_children(const supervisor_ref& sup, const json::object&) {
    const auto all = dynamic_supervisor::try_which_children(sup);
    if (!all)
        return answer_of(all.error());
    std::vector<std::string> names;
    for (const child_info& c : *all)
        names.emplace_back(process_of(c).as_string());
    std::sort(names.begin(), names.end());
    return value(json::value_from(names));
}

json::object count_children(const supervisor_ref& sup, const json::object&) {
    return answer_of(dynamic_supervisor::try_count_children(sup));
}

step_result crash_child(const json::object& step) {
    if (!tape().last(text(step, "child")))
        return exited("unknown_target");
    crash(step);
    return {};
}

} // namespace

const ex_operations& dynamic_supervisor_operations() {
    static const ex_operations all{{"dynsup", &start},
                                   {"dyn_start", &call_of<&start_child>},
                                   {"dyn_terminate", &call_of<&terminate_child>},
                                   {"dyn_which", &call_of<&which_children>},
                                   {"dyn_count", &call_of<&count_children>},
                                   {"crash", &crash_child}};
    return all;
}

} // namespace conformance
