// SPDX-License-Identifier: BSL-1.0
// Kind ge: event managers, their handlers, and the operations of their clients.
#include "kinds.hpp"
#include "messages.hpp"
#include <coppice/gen_event.hpp>
#include <coppice/names.hpp>
#include <unordered_map>

namespace conformance {

using namespace coppice;

namespace {

struct scripted_event {
    json::object step;
};

struct answer {
    json::value value;
};

struct question {
    using reply = answer;
    json::object step;
};

using manager = gen_event<scripted_event>;

/// What a handler's `terminate` gave: the result of `delete_handler`.
struct last_word {
    json::object result;
};

/// How the handler is made: by a swap that a client asked for, or one that a handler did.
enum class in_swap : std::uint8_t { by_client, by_handler };

const json::array& nested(const json::array& s) { return s.back().as_array(); }

std::string_view verb(const json::array& s) { return s.at(0).as_string(); }

json::array script_or(const json::object& o, std::string_view key, std::string_view otherwise) {
    const json::value* v = o.if_contains(key);
    return v ? v->as_array() : json::array{otherwise};
}

/// A handler whose name in the scenario is its id. It behaves as BEH; events and calls carry RET.
class scripted_handler {
public:
    scripted_handler(std::string name, json::object behaviour)
        : name_{std::move(name)}, behaviour_{std::move(behaviour)} {
        tell("init");
        init();
    }
    scripted_handler(std::string name, json::object behaviour, in_swap how)
        : scripted_handler{std::move(name), std::move(behaviour), how, json::value("error")} {}
    scripted_handler(std::string name, json::object behaviour, in_swap how, scripted_handler&& old)
        : scripted_handler{std::move(name), std::move(behaviour), how, std::move(old.gave_)} {}

    void handle_event(const scripted_event& e) {
        tell_request("handle_event", e.step);
        run(script_for_us(e.step));
    }

    answer handle_call(question q) {
        tell_request("handle_call", q.step);
        return {run_call(q.step.at("ret").as_array())};
    }

    void handle_info(const exit_signal& e) {
        tell("handle_info",
             {{"id", "exit_msg"}, {"from", tape().name_of(e.from)}, {"reason", to_json(e.reason)}});
    }
    void handle_info(message& m) {
        if (const auto* r = m.get_if<info_request>()) {
            tell_request("handle_info", r->step);
            run(script_for_us(r->step));
        } else if (const auto* n = m.get_if<note>())
            tell("handle_info", {{"id", "msg"}, {"from", n->from}, {"msg", n->what}});
        else
            tell("handle_info", {{"id", "other"}});
    }

    last_word terminate(const exit_reason& why) {
        tell("terminate", {{"arg", to_json(why)}});
        const json::array how = script_or(behaviour_, "terminate", "ok");
        const auto what = verb(how);
        if (what == "sleep") {
            this_process::sleep(milliseconds(how.at(1)));
        } else if (what == "exit") {
            gave_ = how.at(1);
            this_process::exit(reason_from(how.at(1)));
        } else if (what == "error") {
            gave_ = json::object{{"error", how.at(1)}};
            throw raised{how.at(1)};
        } else if (what != "ok") { // `value`, and `throw`: the thrown value is the return value
            gave_ = how.at(1);
            return {value(gave_)};
        }
        return {ok()};
    }

private:
    scripted_handler(std::string name, json::object behaviour, in_swap how, json::value swapped)
        : name_{std::move(name)}, behaviour_{std::move(behaviour)} {
        tell("init", {{"swapped", std::move(swapped)}});
        // OTP 25's do_swap does not know {ok, State, hibernate}: for it that is rubbish.
        if (how == in_swap::by_handler &&
            script_or(behaviour_, "init", "ok") == json::array{"ok", "hibernate"})
            this_process::exit(exit_reason{"bad_return"});
        init();
    }

    void init() const {
        const json::array how = script_or(behaviour_, "init", "ok");
        const auto what = verb(how);
        if (what == "ok") {
            if (how.size() == 2)
                this_process::hibernate();
        } else if (what == "refuse") { // OTP's init returns {error, R}
            this_process::exit(exit_reason::tagged("error", reason_from(how.at(1))));
        } else if (what == "exit") {
            this_process::exit(reason_from(how.at(1)));
        } else if (what == "error") {
            throw raised{how.at(1)};
        } else { // no constructor can return rubbish
            this_process::exit(exit_reason{"bad_return"});
        }
    }

    // What an event does is chosen by the handler's name.
    json::array script_for_us(const json::object& step) const {
        const json::value* ret = step.if_contains("ret");
        if (!ret)
            return {"ok"};
        if (const auto* plain = ret->if_array())
            return *plain;
        const json::object& by_name = ret->as_object();
        if (const json::value* own = by_name.if_contains(name_))
            return own->as_array();
        const json::value* others = by_name.if_contains("_");
        return others ? others->as_array() : json::array{"ok"};
    }

    void run(const json::array& what) {
        const auto how = verb(what);
        if (how == "ok") {
            if (what.size() == 2)
                this_process::hibernate();
        } else if (how == "remove") {
            this_handler::remove();
        } else if (how == "swap") {
            swap(what);
        } else {
            run_other(what, [this](const json::array& next) { run(next); });
        }
    }

    json::value run_call(const json::array& what) {
        const auto how = verb(what);
        if (how == "reply") {
            if (what.size() == 3)
                this_process::hibernate();
            return what.at(1);
        }
        if (how == "remove") {
            this_handler::remove();
            return what.at(1);
        }
        if (how == "swap") {
            swap(what);
            return what.at(4);
        }
        json::value got;
        run_other(what, [&](const json::array& next) { got = run_call(next); });
        return got;
    }

    // What an event and a call have in common.
    template <class F>
    void run_other(const json::array& what, F go_on) {
        const auto how = verb(what);
        if (how == "exit")
            this_process::exit(reason_from(what.at(1)));
        if (how == "error")
            throw raised{what.at(1)};
        if (how == "bad") // no handler can return rubbish
            this_process::exit(exit_reason{"bad_return"});
        if (how == "sleep")
            this_process::sleep(milliseconds(what.at(1)));
        else if (how != "throw") // the thrown value is the return value
            throw std::runtime_error{"no such return: " + json::serialize(what)};
        go_on(nested(what));
    }

    void swap(const json::array& what) {
        const std::string next{what.at(2).as_string()};
        this_handler::swap<manager, scripted_handler>(
            this, {.new_id = {next}, .reason = reason_from(what.at(1))}, next,
            what.at(3).as_object(), in_swap::by_handler);
    }

    void tell(std::string_view callback, json::object more = {}) const {
        json::object e{{"ev", "cb"},
                       {"at", tape().name_of(this_process::self())},
                       {"cb", callback},
                       {"h", name_}};
        for (auto& [key, v] : more)
            e[key] = std::move(v);
        tape().add(std::move(e));
    }
    void tell_request(std::string_view callback, const json::object& step) const {
        tell(callback, {{"id", value_or(step, "id", nullptr)}});
    }

    std::string name_;
    json::object behaviour_;
    json::value gave_ = "ok"; // what terminate gave, for the handler that takes over
};

// --- operations ---

using manager_ref = server_ref<manager>;

std::optional<manager_ref> target(const json::object& step) {
    const std::string to = text(step, "to");
    if (to.starts_with('@'))
        return manager_ref{whereis(std::string_view{to}.substr(1))};
    if (const auto found = tape().last(to))
        return manager_ref{*found};
    return {};
}

template <class F>
step_result with_target(const json::object& step, F f) {
    const auto to = target(step);
    return to ? f(*to) : step_result{exited("unknown_target")};
}

handler_id id_of(const json::object& step) { return {text(step, "h")}; }

json::object behaviour_of(const json::object& step) {
    return value_or(step, "beh", json::object{}).as_object();
}

// --- what OTP returns for the failures ---

// A handler that failed, not the manager.
bool is_answer(const failure& why) {
    return why.code == errc::start_failed || why.code == errc::not_found ||
           (why.code == errc::exited && why.detail.starts_with("the event handler"));
}

json::object failed(json::value reason) {
    return {{"result", "failed"}, {"reason", std::move(reason)}};
}

step_result added(const result<void>& r) {
    if (r)
        return ok();
    const failure& why = r.error();
    if (!is_answer(why))
        return exited(why);
    if (why.reason == exit_reason{"bad_return"})
        return value("bad_return");
    if (why.reason.is_tagged() && why.reason.word() == "error")
        return refused(to_json(why.reason.inner()));
    return failed(to_json(why.reason));
}

step_result swapped(const result<void>& r) {
    if (r)
        return ok();
    return is_answer(r.error()) ? refused(to_json(r.error().reason)) : exited(r.error());
}

step_result start(const json::object& step) {
    const std::string name = text_or(step, "reg", "");
    detail::server_start_options how{.link = flag(step, "link", true), .name = name};
    if (!name.empty())
        how.binding = detail::binding_of<manager, manager>();
    const auto started = detail::start<manager>(how);
    if (!started)
        return refused(to_json(started.error().reason));
    tape().begins(role::server, text(step, "name"), *started);
    tape().set_phase(*started, phase::main_loop);
    return ok();
}

step_result add(const json::object& step) {
    return with_target(step, [&](const manager_ref& to) {
        return added(manager::try_add_handler<scripted_handler>(to, id_of(step), text(step, "h"),
                                                                behaviour_of(step)));
    });
}

step_result add_sup(const json::object& step) {
    return with_target(step, [&](const manager_ref& to) {
        return added(manager::try_add_sup_handler<scripted_handler>(
            to, id_of(step), text(step, "h"), behaviour_of(step)));
    });
}

step_result remove(const json::object& step) {
    return with_target(step, [&](const manager_ref& to) -> step_result {
        auto gone = manager::try_delete_handler<scripted_handler>(to, id_of(step),
                                                                  reason_from(step, "arg"));
        if (gone)
            return std::move(gone->result);
        if (gone.error().code == errc::not_found)
            return refused("module_not_found");
        return is_answer(gone.error()) ? failed(to_json(gone.error().reason))
                                       : exited(gone.error());
    });
}

swap_options swap_of(const json::object& step) {
    return {.id = id_of(step), .new_id = {text(step, "h2")}, .reason = reason_from(step, "arg")};
}

step_result swap(const json::object& step) {
    return with_target(step, [&](const manager_ref& to) {
        return swapped(manager::try_swap_handler<scripted_handler, scripted_handler>(
            to, swap_of(step), text(step, "h2"), behaviour_of(step), in_swap::by_client));
    });
}

step_result swap_sup(const json::object& step) {
    return with_target(step, [&](const manager_ref& to) {
        return swapped(manager::try_swap_sup_handler<scripted_handler, scripted_handler>(
            to, swap_of(step), text(step, "h2"), behaviour_of(step), in_swap::by_client));
    });
}

step_result notify(const json::object& step) {
    return with_target(step, [&](const manager_ref& to) {
        if (!to.process()) // a name that is not registered
            return raised_error("badarg");
        manager::notify(to, scripted_event{step});
        return ok();
    });
}

step_result sync_notify(const json::object& step) {
    return with_target(step, [&](const manager_ref& to) {
        const auto done = manager::try_sync_notify(to, scripted_event{step});
        return done ? ok() : exited(done.error());
    });
}

step_result call(const json::object& step) {
    return with_target(step, [&](const manager_ref& to) {
        const auto ms = milliseconds(step, "timeout");
        auto got = manager::try_call<scripted_handler>(to, question{step}, id_of(step),
                                                       ms ? time_limit{*ms} : infinity);
        if (got)
            return reply(std::move(got->value));
        if (got.error().code == errc::not_found)
            return refused("bad_module");
        return is_answer(got.error()) ? refused(to_json(got.error().reason)) : exited(got.error());
    });
}

step_result which(const json::object& step) {
    return with_target(step, [&](const manager_ref& to) {
        const auto all = manager::try_which_handlers(to);
        if (!all)
            return exited(all.error());
        json::array names;
        for (const handler_info& h : *all)
            names.emplace_back(h.id);
        return value(std::move(names));
    });
}

const std::unordered_map<std::string, step_result (*)(const json::object&)> operations{
    {"start_ge", &start},        {"add_handler", &add},         {"add_sup_handler", &add_sup},
    {"delete_handler", &remove}, {"swap_handler", &swap},       {"swap_sup_handler", &swap_sup},
    {"notify", &notify},         {"sync_notify", &sync_notify}, {"call_handler", &call},
    {"which_handlers", &which}};

} // namespace

bool event_operation(const std::string& what, const json::object& step, step_result& result) {
    const auto found = operations.find(what);
    if (found == operations.end())
        return false;
    result = found->second(step);
    return true;
}

std::optional<json::object> handler_exit_event(message& m) {
    const auto* gone = m.get_if<handler_exit>();
    if (!gone)
        return {};
    json::value reason = to_json(gone->reason);
    if (!gone->successor.type.empty())
        reason = json::object{{"swapped", gone->successor.id},
                              {"by", tape().name_of(gone->successor.adder)}};
    return json::object{{"ev", "handler_exit"}, {"h", gone->id}, {"reason", std::move(reason)}};
}

} // namespace conformance
