// SPDX-License-Identifier: BSL-1.0
#pragma once
#include "server.hpp"
#include <array>
#include <coppice/gen_statem.hpp>

// The state machine of sm scenarios: each event carries the script of its handler, one for each
// state or one for all.
namespace conformance {

struct machine_call {
    using reply = answer;
    json::object step;
    std::uint64_t number; ///< see recorder::call_begins
};

struct machine_cast {
    json::object step;
};

/// OTP's `next_event`: of which type it pretends to be.
struct inserted_event {
    std::string type;
    json::object content;
};

// OTP's time-outs carry a content; so do these, which have the timers of a state and of an event.
struct state_time_is_up {
    json::object content;
};
struct event_time_is_up {
    json::object content;
};

/// A generic time-out: in C++ its name is its type.
template <int Name>
struct named_time_is_up {
    json::object content;
};

class scripted_machine {
public:
    template <int Number>
    struct state {};
    using states = std::variant<state<0>, state<1>, state<2>, state<3>>;
    using moved = coppice::next_state<state<0>, state<1>, state<2>, state<3>>;

    scripted_machine(std::string name, json::object start);
    states init() const;

    template <int S>
    void handle_enter(state<S>&) {
        enter(S);
    }
    template <int S>
    moved handle_call(state<S>&, machine_call c, coppice::from<answer> client) {
        client_.emplace(std::move(client), c.number);
        const transition t = react(S, "call", c.step);
        if (t.postpones)
            coppice::this_state::postpone(this, std::move(c), std::move(client_->client));
        end_of_call(t);
        return where(t);
    }
    template <int S>
    moved handle_cast(state<S>&, machine_cast m) {
        const transition t = react(S, "cast", m.step);
        return postpone_and_move(t, std::move(m));
    }
    template <int S>
    moved handle_continue(state<S>&, inserted_event m) {
        const transition t = react(S, m.type, m.content);
        return postpone_and_move(t, std::move(m));
    }
    template <int S>
    moved handle_info(state<S>&, state_time_is_up m) {
        const transition t = react(S, "state_timeout", m.content);
        return postpone_and_move(t, std::move(m));
    }
    template <int S>
    moved handle_info(state<S>&, event_time_is_up m) {
        const transition t = react(S, "timeout", m.content);
        return postpone_and_move(t, std::move(m));
    }
    template <int S, int Name>
    moved handle_info(state<S>&, named_time_is_up<Name> m) {
        const transition t = react(S, "timeout:" + std::string{names_of_timers[Name]}, m.content);
        return postpone_and_move(t, std::move(m));
    }
    template <int S>
    void handle_info(state<S>&, coppice::exit_signal e) {
        tell_exit(S, e);
    }
    template <int S>
    moved handle_info(state<S>&, coppice::message m) {
        const auto* r = m.get_if<info_request>();
        const transition t = react(S, "info", r ? r->step : unknown_message(m));
        return postpone_and_move(t, std::move(m));
    }
    template <int S>
    void terminate(state<S>&, const coppice::exit_reason& reason) {
        end(S, reason);
    }

private:
    struct caller {
        coppice::from<answer> client;
        std::uint64_t call;
    };
    struct transition {
        enum class kind : std::uint8_t { keep, next, repeat };
        kind what = kind::keep;
        int to = 0;
        bool postpones = false;
    };
    static constexpr std::array<std::string_view, 3> names_of_timers{"n", "n1", "n2"};

    static moved where(const transition& t);
    static json::object unknown_message(const coppice::message& m);
    template <class M>
    moved postpone_and_move(const transition& t, M m) {
        if (t.postpones)
            coppice::this_state::postpone(this, std::move(m));
        return where(t);
    }

    transition react(int state, std::string_view type, const json::object& event);
    transition run(const script& what);
    transition carry_out(transition t, const json::array& actions);
    void carry_out(transition& t, const json::value& action);
    void carry_out_named(std::string_view verb, const json::array& action);
    template <int Name>
    void on_timer(std::string_view verb, const json::array& action);

    void enter(int state);
    void enter_by(int state, const script& what);
    void end(int state, const coppice::exit_reason& reason);
    void answer_now(const json::value& v);
    void end_of_call(const transition& t);
    void tell_event(int state, std::string_view type, json::value id) const;
    void tell_exit(int state, const coppice::exit_signal& e) const;
    void tell(std::string_view callback, json::object more = {}) const;

    std::string name_;
    json::object start_;
    int previous_;                     // what an enter call shows
    std::optional<int> terminates_in_; // where that is not the state that the machine is in
    std::optional<caller> client_;     // of the call that is being handled
    std::map<std::string, caller> kept_;
    std::vector<caller> never_answered_;
};

} // namespace conformance
