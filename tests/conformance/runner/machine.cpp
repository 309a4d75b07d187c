// SPDX-License-Identifier: BSL-1.0
#include "machine.hpp"

#include "reason.hpp"
#include "recorder.hpp"
#include <algorithm>
#include <coppice/this_process.hpp>

namespace conformance {

using namespace coppice;

namespace {

std::string_view verb(const script& s) { return s.at(0).as_string(); }

std::string name_of_state(int number) { return "s" + std::to_string(number); }
int number_of_state(std::string_view name) { return std::stoi(std::string{name.substr(1)}); }

// No C++ handler can return an invalid value: what OTP ends with.
[[noreturn]] void bad_return() {
    this_process::exit(exit_reason::tagged("bad_return_value", exit_reason{"garbage"}));
}

// RET of an event: the return itself, or an object that has one for some states.
script chosen(const json::object& event, int state) {
    const json::value* const ret = event.if_contains("ret");
    if (!ret)
        return {"keep"};
    const json::object* const by_state = ret->if_object();
    if (!by_state)
        return ret->as_array();
    for (const std::string& key : {name_of_state(state), std::string{"_"}})
        if (const json::value* found = by_state->if_contains(key))
            return found->as_array();
    return {"keep"};
}

const json::array& actions_of(const script& what, std::size_t at) {
    static const json::array none;
    return what.size() > at ? what[at].as_array() : none;
}

time_limit time_of(const json::value& v) {
    return v.is_string() ? time_limit{infinity} : time_limit{milliseconds(v)};
}

// What OTP's time-outs of a state and of an event have beside ours: a content, and `update`. They
// are set by what is behind the verbs of this_state.
template <class Event>
void say_timer(detail::timer_action::kind what,
               const detail::type_identity& timer,
               time_limit when,
               const json::value& content) {
    detail::say_timer<scripted_machine>("a timer", what, &timer, when, Event{content.as_object()});
}

} // namespace

// --- init, enter and terminate ---

scripted_machine::scripted_machine(std::string name, json::object start)
    : name_{std::move(name)}, start_{std::move(start)}, previous_{0} {
    this_process::trap_exit(flag(start_, "trap"));
    tape().begins(role::server, name_, this_process::self());
    tell("init");
    const json::value* const given = start_.if_contains("init");
    const script how = given ? given->as_array() : script{"ok", "s0"};
    const auto what = verb(how);
    if (what == "ignore")
        this_process::ignore();
    if (what == "stop" || what == "exit")
        this_process::exit(reason_from(how.at(1)));
    if (what != "ok")
        bad_return();
    previous_ = number_of_state(how.at(1).as_string());
    carry_out({}, actions_of(how, 2));
    tape().set_phase(this_process::self(), phase::main_loop);
}

scripted_machine::states scripted_machine::init() const {
    switch (previous_) {
    case 1:
        return state<1>{};
    case 2:
        return state<2>{};
    case 3:
        return state<3>{};
    default:
        return state<0>{};
    }
}

void scripted_machine::enter(int state) {
    const json::value* const enters = start_.if_contains("enter");
    const int from = std::exchange(previous_, state);
    if (!enters)
        return; // started without state enter calls
    tell_event(state, "enter", json::value(name_of_state(from)));
    const json::value* const how = enters->as_object().if_contains(name_of_state(state));
    if (!how)
        return;
    // Where an enter call raises, OTP terminates in the state that was left. Here a state that was
    // left is gone.
    const auto what = verb(how->as_array());
    if (what == "exit" || what == "error")
        terminates_in_ = from;
    enter_by(state, how->as_array());
}

// In OTP an enter call may not move, postpone or insert events.
void scripted_machine::enter_by(int state, const script& what) {
    const auto forbidden = [](const json::value& action) {
        return action == "postpone" ||
               (action.is_array() && verb(action.as_array()) == "next_event");
    };
    const auto how = verb(what);
    if (how == "keep" || how == "next") {
        const json::array& actions = actions_of(what, how == "next" ? 2 : 1);
        if (std::any_of(actions.begin(), actions.end(), forbidden))
            bad_return();
    }
    const transition t = run(what);
    if (t.what == transition::kind::next && t.to != state)
        bad_return();
}

void scripted_machine::end(int state, const exit_reason& reason) {
    tape().set_phase(this_process::self(), phase::working);
    tell("terminate",
         {{"state", name_of_state(terminates_in_.value_or(state))}, {"reason", to_json(reason)}});
    const json::value* const given = start_.if_contains("terminate");
    const script how = given ? given->as_array() : script{"ok"};
    const auto what = verb(how);
    if (what == "sleep")
        this_process::sleep(milliseconds(how.at(1)));
    else if (what == "exit")
        this_process::exit(reason_from(how.at(1)));
    else if (what == "error")
        throw raised{how.at(1)};
    // `ok`, and `throw`: the thrown value is the return value, which is not used
}

// --- events ---

scripted_machine::transition scripted_machine::react(int state,
                                                     std::string_view type,
                                                     const json::object& event) {
    tell_event(state, type, value_or(event, "id", nullptr));
    return run(chosen(event, state));
}

scripted_machine::transition scripted_machine::run(const script& what) {
    using kind = transition::kind;
    const auto how = verb(what);
    if (how == "keep")
        return carry_out({}, actions_of(what, 1));
    if (how == "next")
        return carry_out({.what = kind::next, .to = number_of_state(what.at(1).as_string())},
                         actions_of(what, 2));
    if (how == "repeat")
        return carry_out({.what = kind::repeat}, actions_of(what, 1));
    if (how == "stop" || how == "stop_and_reply") {
        this_process::stop(what.size() > 1 ? reason_from(what[1]) : exit_reason::normal);
        return carry_out({}, actions_of(what, 2));
    }
    if (how == "exit")
        this_process::exit(reason_from(what.at(1)));
    if (how == "error")
        throw raised{what.at(1)};
    if (how == "throw") // the thrown value is the return value
        return run(what.at(1).as_array());
    if (how == "sleep") {
        this_process::sleep(milliseconds(what.at(1)));
        return run(what.at(2).as_array());
    }
    bad_return();
}

scripted_machine::transition scripted_machine::carry_out(transition t, const json::array& actions) {
    for (const json::value& action : actions)
        carry_out(t, action);
    return t;
}

void scripted_machine::carry_out(transition& t, const json::value& action) {
    using kind = detail::timer_action::kind;
    if (action == "postpone") {
        t.postpones = true;
        return;
    }
    if (action == "hibernate")
        return this_process::hibernate();
    const json::array& a = action.as_array();
    const auto what = verb(a);
    const bool of_state = what == "state_timeout" || (a.size() > 1 && a[1] == "state_timeout");
    if (what == "reply")
        answer_now(a.at(1));
    else if (what == "defer") {
        kept_.insert_or_assign(std::string{a.at(1).as_string()}, std::move(*client_));
        client_.reset();
    } else if (what == "reply_to") {
        if (auto kept = kept_.extract(std::string{a.at(1).as_string()})) {
            tape().call_answered(kept.mapped().call);
            kept.mapped().client.reply({a.at(2)});
        }
    } else if (what == "next_event")
        this_process::continue_with(
            this, inserted_event{std::string{a.at(1).as_string()}, a.at(2).as_object()});
    else if (what == "state_timeout")
        say_timer<state_time_is_up>(kind::set, detail::type_key<state_timeout>, time_of(a.at(1)),
                                    a.at(2));
    else if (what == "update" && of_state)
        say_timer<state_time_is_up>(kind::update, detail::type_key<state_timeout>, time_span{},
                                    a.at(2));
    else if (what == "cancel" && of_state)
        this_state::cancel_timeout();
    else if (what == "timeout" && a.size() == 3)
        say_timer<event_time_is_up>(kind::set, detail::type_key<timeout>, time_of(a.at(1)),
                                    a.at(2));
    else
        carry_out_named(what, a);
}

void scripted_machine::carry_out_named(std::string_view verb_of_timer, const json::array& action) {
    const std::string_view name = action.at(1).as_string();
    if (name == names_of_timers[1])
        on_timer<1>(verb_of_timer, action);
    else if (name == names_of_timers[2])
        on_timer<2>(verb_of_timer, action);
    else
        on_timer<0>(verb_of_timer, action);
}

template <int Name>
void scripted_machine::on_timer(std::string_view verb_of_timer, const json::array& action) {
    using event = named_time_is_up<Name>;
    if (verb_of_timer == "timeout")
        this_state::timeout(this, time_of(action.at(2)), event{action.at(3).as_object()});
    else if (verb_of_timer == "update")
        this_state::update_timeout(this, event{action.at(2).as_object()});
    else if (verb_of_timer == "cancel")
        this_state::cancel_timeout<event>();
    else
        throw std::runtime_error{"no such action: " + json::serialize(action)};
}

scripted_machine::moved scripted_machine::where(const transition& t) {
    if (t.what == transition::kind::keep)
        return keep_state;
    if (t.what == transition::kind::repeat)
        return repeat_state;
    switch (t.to) {
    case 1:
        return state<1>{};
    case 2:
        return state<2>{};
    case 3:
        return state<3>{};
    default:
        return state<0>{};
    }
}

// --- callers ---

void scripted_machine::answer_now(const json::value& v) {
    if (!client_)
        return;
    tape().call_answered(client_->call);
    client_->client.reply({v});
    client_.reset();
}

// In OTP a caller without an answer waits on; here a dropped `from` would fail its call.
void scripted_machine::end_of_call(const transition& t) {
    if (client_ && !t.postpones)
        never_answered_.push_back(std::move(*client_));
    client_.reset();
}

// --- events for the trace ---

json::object scripted_machine::unknown_message(const message& m) {
    return {{"id", json::string(m.type())}};
}

void scripted_machine::tell_event(int state, std::string_view type, json::value id) const {
    tell("event", {{"state", name_of_state(state)}, {"type", type}, {"id", std::move(id)}});
}

void scripted_machine::tell_exit(int state, const exit_signal& e) const {
    tell_event(state, "info",
               json::object{{"exit_msg", tape().name_of(e.from)}, {"reason", to_json(e.reason)}});
}

void scripted_machine::tell(std::string_view callback, json::object more) const {
    json::object e{{"ev", "cb"}, {"at", name_}, {"cb", callback}};
    for (auto& [key, v] : more)
        e[key] = std::move(v);
    tape().add(std::move(e));
}

} // namespace conformance
