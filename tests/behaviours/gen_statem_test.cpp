// SPDX-License-Identifier: BSL-1.0
#include "in_simulation.hpp"
#include "recorded_events.hpp"
#include <boost/test/unit_test.hpp>
#include <coppice/gen_statem.hpp>
#include <coppice/process.hpp>
#include <coppice/receive.hpp>
#include <coppice/report.hpp>
#include <coppice/state_diagram.hpp>
#include <coppice/sys.hpp>

using namespace coppice;
using namespace std::chrono_literals;

namespace {

struct go {
    int to;
};
struct mark {
    int n;
};
struct ask {
    using reply = int;
};
struct trail {
    using reply = std::string;
};
struct again {};
struct note {
    int n = 0;
};
struct later {
    int n;
};
struct set_note {
    time_limit when;
    int n = 0;
};
struct update_note {
    int n;
};
struct cancel_note {};
struct be_idle {
    time_span length;
};
struct stop_and_go {
    int to;
};
struct three_zeros {};
struct fail {};
struct later_note {};

// What comes when, as a trail of words.
class machine {
public:
    struct a {
        using postpone = messages<mark, ask>;
        using unexpected = messages<fail>;
    };
    struct b {
        int limit = 2;
        using ignore = messages<fail>;
    };
    struct c {};
    using states = std::variant<a, b, c>;

    states handle_cast(auto&, go g) { return state(g.to); }
    states handle_cast(auto&, stop_and_go g) {
        this_process::stop(exit_reason{"said"});
        return state(g.to);
    }
    void handle_enter(a&) { say("A"); }
    void handle_enter(b&) {
        say("B");
        this_process::continue_with(this, later{1});
        this_process::continue_with(this, later{2});
        this_state::timeout(5ms);
    }
    void handle_enter(c&) { say("C"); }

    // By a condition: what is above the limit waits.
    next_state<c> handle_cast(b& s, mark m) {
        if (m.n > s.limit) {
            this_state::postpone(this, m);
            return keep_state;
        }
        say("b" + std::to_string(m.n));
        if (m.n == 2)
            return c{};
        return keep_state;
    }
    void handle_cast(c&, mark m) {
        if (m.n == 13)
            throw std::runtime_error{"an unlucky mark"};
        say("c" + std::to_string(m.n));
    }
    void handle_cast(c&, fail) { throw std::runtime_error{"failed"}; }
    void handle_call(b&, ask m, from<int> client) {
        this_state::postpone(this, m, std::move(client));
    }
    int handle_call(c&, ask) { return 42; }
    void handle_continue(later l) {
        say("l" + std::to_string(l.n));
        if (l.n == 1)
            this_process::continue_with(this, later{11}); // before `later{2}`
    }
    repeat_state_t handle_cast(again) { return repeat_state; }

    a handle_info(b&, state_timeout) {
        say("t");
        return {};
    }
    void handle_info(note n) { say("n" + std::to_string(n.n)); }
    void handle_info(timeout) { say("idle"); }
    void handle_cast(set_note s) { this_state::timeout(this, s.when, note{s.n}); }
    void handle_cast(update_note s) { this_state::update_timeout(this, note{s.n}); }
    void handle_cast(cancel_note) { this_state::cancel_timeout<note>(); }
    void handle_cast(be_idle i) { this_process::idle_timeout(i.length); }
    void handle_cast(three_zeros) {
        this_process::idle_timeout(0ms); // it comes first, so the others do not end it
        this_state::timeout(this, 0ms, note{1});
        this_state::timeout(this, 0ms, later_note{});
        this_state::timeout(this, 0ms, note{2}); // the last word, at its place
    }
    void handle_info(later_note) { say("z"); }
    std::string handle_call(trail) { return std::exchange(trail_, {}); }
    void terminate(c&, const exit_reason&) { ended_in = 'c'; }
    void terminate(const exit_reason&) { ended_in = '?'; }

    static inline char ended_in = 0;

private:
    static states state(int to) {
        if (to == 0)
            return a{};
        if (to == 1)
            return b{};
        return c{};
    }
    void say(const std::string& s) { trail_ += s + ' '; }
    std::string trail_;
};
using server = server_ref<gen_statem<machine>>;

// A machine of doors: what a state does with calls, and with what no client sent.
struct enter {
    using reply = int;
};
struct unlock {
    using reply = void;
};
struct lock {};
struct watch {
    pid process;
};
struct downs {
    using reply = int;
};
struct text {
    std::string words;
};

class room {
public:
    static constexpr bool keep_state_on_error = true;
    struct locked {
        using postpone = messages<enter, text>;
        using unexpected = messages<lock>;
        using ignore = messages<down>;
    };
    struct open {
        int inside = 0;
        explicit open(int n) noexcept : inside{n} {}
        using postpone = messages<unlock>;
    };
    using states = std::variant<locked, open>;

    explicit room(bool begins_open = false) : begins_open_{begins_open} {}
    states init() {
        this_state::timeout(this, 1ms, text{"from init"});
        if (begins_open_)
            return open{1};
        return locked{};
    }

    open handle_call(locked&, unlock, from<void> client) {
        client.reply();
        return open{0};
    }
    // Returns the state that it is in: other data, no change.
    open handle_call(open& s, enter, from<int> client) {
        client.reply(s.inside + 1);
        return open{s.inside + 1};
    }
    locked handle_cast(open&, lock) { return {}; }
    void handle_cast(watch w) { (void)this_process::monitor(w.process); }
    void handle_info(open&, down) { ++downs_; }
    void handle_info(open&, text t) {
        if (t.words == "bad") {
            this_state::timeout(this, 0ms, text{"never"});
            throw std::runtime_error{"bad words"};
        }
        heard_ += t.words + ' ';
    }
    void handle_info(message) { heard_ += "untyped "; }
    int handle_call(downs) const { return downs_; }
    std::string handle_call(trail) { return std::exchange(heard_, {}); }
    std::string format_status() const { return "heard " + heard_; }

private:
    bool begins_open_;
    int downs_ = 0;
    std::string heard_;
};

} // namespace

BOOST_AUTO_TEST_SUITE(gen_statem_suite)

// --- the order of events ---

BOOST_AUTO_TEST_CASE(the_first_state_is_entered_when_the_start_has_returned) {
    in_simulation([] { BOOST_TEST(start<gen_statem<machine>>().call(trail{}) == "A "); });
}

BOOST_AUTO_TEST_CASE(inserted_events_come_before_postponed_ones_and_these_before_the_mailbox) {
    in_simulation([] {
        const server m = start<gen_statem<machine>>();
        m.cast(mark{1});
        m.cast(mark{2});
        m.cast(mark{3});
        auto answer = m.send_request(ask{});
        BOOST_TEST(m.call(trail{}) == "A ");
        m.cast(go{1}); // mark 2 moves on to c; mark 3 and the call are retried there
        BOOST_TEST(m.call(trail{}) == "B l1 l11 l2 b1 b2 C c3 ");
        BOOST_TEST(answer.get() == 42);
    });
}

BOOST_AUTO_TEST_CASE(what_is_postponed_by_a_condition_waits_for_a_change_with_its_caller) {
    in_simulation([] {
        const server m = start<gen_statem<machine>>();
        m.cast(go{1});
        m.cast(mark{5});
        auto answer = m.send_request(ask{});
        BOOST_TEST(m.call(trail{}) == "A B l1 l11 l2 ");
        m.cast(go{2});
        BOOST_TEST(answer.get() == 42);
        BOOST_TEST(m.call(trail{}) == "C c5 ");
    });
}

BOOST_AUTO_TEST_CASE(the_same_state_is_no_change_and_repeat_state_enters_it_again) {
    in_simulation([] {
        const server m = start<gen_statem<machine>>();
        m.cast(mark{1});
        m.cast(go{0});
        BOOST_TEST(m.call(trail{}) == "A ");
        m.cast(again{});
        BOOST_TEST(m.call(trail{}) == "A "); // and mark 1 still waits
        m.cast(go{2});
        BOOST_TEST(m.call(trail{}) == "C c1 ");
    });
}

BOOST_AUTO_TEST_CASE(timeouts_of_zero_come_in_order_behind_other_events_and_before_the_mailbox) {
    in_simulation([] {
        const server m = start<gen_statem<machine>>();
        m.cast(three_zeros{});
        BOOST_TEST(m.call(trail{}) == "A idle z n2 ");
    });
}

// --- timeouts ---

BOOST_AUTO_TEST_CASE(a_change_of_state_stops_the_timeout_of_the_state) {
    in_simulation([] {
        const server m = start<gen_statem<machine>>();
        m.cast(go{1});
        m.cast(go{2});
        this_process::sleep(20ms);
        BOOST_TEST(m.call(trail{}) == "A B l1 l11 l2 C ");
        m.cast(go{1});
        this_process::sleep(20ms);
        BOOST_TEST(m.call(trail{}) == "B l1 l11 l2 t A ");
    });
}

BOOST_AUTO_TEST_CASE(
    a_timeout_of_its_own_type_outlives_the_state_and_is_set_updated_and_cancelled) {
    in_simulation([] {
        const server m = start<gen_statem<machine>>();
        m.cast(set_note{5ms, 1});
        m.cast(go{2});
        this_process::sleep(20ms);
        BOOST_TEST(m.call(trail{}) == "A C n1 ");
        m.cast(set_note{5ms, 2});
        m.cast(set_note{50ms, 3}); // afresh
        this_process::sleep(20ms);
        BOOST_TEST(m.call(trail{}) == "");
        m.cast(update_note{4}); // the same time
        this_process::sleep(40ms);
        BOOST_TEST(m.call(trail{}) == "n4 ");
        m.cast(update_note{5}); // none runs: a timeout of zero
        BOOST_TEST(m.call(trail{}) == "n5 ");
        m.cast(set_note{5ms, 6});
        m.cast(cancel_note{});
        this_process::sleep(20ms);
        m.cast(set_note{5ms, 7});
        m.cast(set_note{infinity, 8});
        this_process::sleep(20ms);
        BOOST_TEST(m.call(trail{}) == "");
    });
}

BOOST_AUTO_TEST_CASE(a_timeout_may_be_a_point_in_time) {
    in_simulation([] {
        const server m = start<gen_statem<machine>>();
        m.cast(set_note{this_process::now() + 10ms, 1});
        this_process::sleep(5ms);
        BOOST_TEST(m.call(trail{}) == "A ");
        this_process::sleep(10ms);
        BOOST_TEST(m.call(trail{}) == "n1 ");
        m.cast(set_note{this_process::now() - 1s, 2});
        this_process::sleep(1ms);
        BOOST_TEST(m.call(trail{}) == "n2 ");
    });
}

BOOST_AUTO_TEST_CASE(any_event_stops_the_idle_timeout_also_the_event_of_a_timeout) {
    in_simulation([] {
        const server m = start<gen_statem<machine>>();
        m.cast(be_idle{10ms});
        this_process::sleep(20ms);
        BOOST_TEST(m.call(trail{}) == "A idle ");
        m.cast(set_note{5ms, 1});
        m.cast(be_idle{10ms});
        this_process::sleep(30ms);
        BOOST_TEST(m.call(trail{}) == "n1 ");
    });
}

BOOST_AUTO_TEST_CASE(the_timers_of_a_suspended_machine_wait_for_its_resume) {
    in_simulation([] {
        const server m = start<gen_statem<machine>>();
        m.cast(set_note{5ms, 1});
        sys::suspend(m);
        this_process::sleep(20ms);
        sys::resume(m);
        BOOST_TEST(m.call(trail{}) == "A n1 ");
    });
}

// --- the end ---

BOOST_AUTO_TEST_CASE(
    a_handler_that_has_said_stop_does_not_move_and_what_was_postponed_is_not_retried) {
    in_simulation([] {
        const server m = start<gen_statem<machine>>();
        m.cast(go{2});
        (void)this_process::monitor(m);
        machine::ended_in = 0;
        m.cast(stop_and_go{1});
        const auto d = this_process::receive<down>(1s);
        BOOST_REQUIRE(d.has_value());
        BOOST_TEST((d->reason == exit_reason{"said"}));
        BOOST_TEST(machine::ended_in == 'c'); // its own terminate, of the state that said it
    });
}

BOOST_AUTO_TEST_CASE(postponed_callers_learn_the_reason_of_the_end) {
    in_simulation([] {
        const server m = start<gen_statem<machine>>();
        auto by_list = m.send_request(ask{});
        m.stop(exit_reason{"closed"});
        BOOST_TEST((by_list.try_get().error().reason == exit_reason{"closed"}));
        const server n = start<gen_statem<machine>>();
        n.cast(go{1});
        auto by_condition = n.send_request(ask{});
        n.stop(exit_reason{"closed"});
        BOOST_TEST((by_condition.try_get().error().reason == exit_reason{"closed"}));
    });
}

BOOST_AUTO_TEST_CASE(
    an_unexpected_message_ends_the_machine_and_the_report_shows_state_and_message) {
    in_simulation([] {
        recorded_events<process_crashed> reports;
        const server m = start<gen_statem<machine>>();
        m.cast(fail{});
        this_process::sleep(1ms);
        BOOST_TEST(!m.process().alive());
        BOOST_REQUIRE(reports.all.size() == 1U);
        BOOST_TEST(reports.all[0].state == "a");
        BOOST_TEST(reports.all[0].handling.find("fail") != std::string::npos);
        BOOST_TEST(reports.all[0].reason.text().find("unexpected_event") != std::string::npos);
    });
}

BOOST_AUTO_TEST_CASE(the_report_of_a_crash_names_the_message_that_had_been_postponed) {
    in_simulation([] {
        recorded_events<process_crashed> reports;
        const server m = start<gen_statem<machine>>();
        m.cast(mark{13});
        m.cast(go{2});
        this_process::sleep(1ms);
        BOOST_REQUIRE(reports.all.size() == 1U);
        BOOST_TEST(reports.all[0].handling.find("mark") != std::string::npos);
        BOOST_TEST(reports.all[0].state == "c");
    });
}

// --- calls, data, and what comes untyped ---

BOOST_AUTO_TEST_CASE(a_call_may_move_and_other_data_in_the_same_state_is_no_change) {
    in_simulation([] {
        const auto r = start<gen_statem<room>>();
        auto waiting = r.send_request(enter{});
        r.call(unlock{});
        BOOST_TEST(waiting.get() == 1);
        auto not_yet = r.send_request(unlock{}); // postponed while it is open
        BOOST_TEST(r.call(enter{}) == 2);
        BOOST_TEST(r.call(enter{}) == 3);
        r.cast(lock{});
        not_yet.get();
        BOOST_TEST(r.call(enter{}) == 1);
    });
}

BOOST_AUTO_TEST_CASE(init_says_where_it_starts_and_may_set_timeouts) {
    in_simulation([] {
        const auto r = start<gen_statem<room>>(true);
        BOOST_TEST(r.call(enter{}) == 2);
        this_process::sleep(5ms);
        BOOST_TEST(r.call(trail{}) == "from init ");
    });
}

BOOST_AUTO_TEST_CASE(a_timeout_that_was_postponed_comes_back_as_any_event_does) {
    in_simulation([] {
        const auto r = start<gen_statem<room>>();
        this_process::sleep(5ms);
        BOOST_TEST(r.call(trail{}) == "");
        r.call(unlock{});
        BOOST_TEST(r.call(trail{}) == "from init ");
    });
}

BOOST_AUTO_TEST_CASE(downs_and_untyped_messages_are_events) {
    in_simulation([] {
        const auto r = start<gen_statem<room>>(true);
        const pid other = spawn([] {});
        r.cast(watch{other});
        this_process::sleep(1ms);
        BOOST_TEST(r.call(downs{}) == 1);
        r.process().send(text{"by pid"});
        r.send(text{"typed"});
        BOOST_TEST(r.call(trail{}) == "from init untyped typed ");
        r.cast(lock{});
        r.cast(watch{other});
        this_process::sleep(1ms);
        BOOST_TEST(r.call(downs{}) == 1); // this state ignores it
    });
}

BOOST_AUTO_TEST_CASE(a_machine_that_keeps_its_state_forgets_what_a_failed_event_had_asked_for) {
    in_simulation([] {
        const auto r = start<gen_statem<room>>(true);
        this_process::sleep(5ms);
        r.call(trail{});
        r.send(text{"bad"});
        BOOST_TEST(r.call(trail{}) == "");
        r.cast(lock{});
        r.cast(lock{}); // unexpected: an exit, not an error
        this_process::sleep(1ms);
        BOOST_TEST(!r.process().alive());
    });
}

// --- without a runtime ---

BOOST_AUTO_TEST_CASE(handlers_without_verbs_are_plain_functions) {
    machine m;
    machine::b s;
    BOOST_TEST(m.handle_cast(s, mark{1}).keeps());
    BOOST_TEST(m.handle_cast(s, mark{2}).is<machine::c>());
}

BOOST_AUTO_TEST_CASE(a_verb_where_no_machine_runs_says_so) {
    BOOST_CHECK_THROW(this_state::timeout(1s), std::logic_error);
    BOOST_CHECK_THROW(this_state::cancel_timeout(), std::logic_error);
    in_simulation([] { BOOST_CHECK_THROW(this_state::timeout(1s), std::logic_error); });
}

BOOST_AUTO_TEST_CASE(the_diagram_shows_the_edges_that_the_handlers_name) {
    BOOST_TEST((state_diagram<machine, mark, state_timeout>()) == "stateDiagram-v2\n"
                                                                  "    [*] --> a\n"
                                                                  "    b --> c: mark\n"
                                                                  "    b --> a: state_timeout\n");
    BOOST_TEST((state_diagram<room, unlock, enter, lock>()) == "stateDiagram-v2\n"
                                                               "    locked --> open: unlock\n"
                                                               "    open --> open: enter\n"
                                                               "    open --> locked: lock\n");
}

BOOST_AUTO_TEST_SUITE_END()
