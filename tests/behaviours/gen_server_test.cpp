// SPDX-License-Identifier: BSL-1.0
#include "in_simulation.hpp"
#include <atomic>
#include <boost/test/unit_test.hpp>
#include <coppice/gen_server.hpp>
#include <coppice/process_info.hpp>
#include <coppice/runtime.hpp>
#include <memory>
#include <thread>

using namespace coppice;
using namespace std::chrono_literals;

namespace {

struct note {
    std::string text;
};
struct add {
    int by;
};
struct total {
    using reply = int;
};
struct slow_total {
    std::chrono::milliseconds takes;
    using reply = int;
};
struct keep_caller {
    using reply = int;
};
struct answer_kept {
    int value;
};
struct drop_kept {};
struct hand_over {
    pid to;
};
struct boom {
    using reply = int;
};
struct leave {
    using reply = int;
};
struct step {};
struct begin_steps {
    using reply = int;
};
struct wait_idle {
    std::chrono::milliseconds time;
};
struct kept {
    from<int> caller;
};

struct options {
    bool trap = false;
    pid observer = {};
    std::string terminate = {};
};

/// A server with all the hooks, which reports each of them to its observer.
class subject {
public:
    explicit subject(options o = {}) : o_{o} { this_process::trap_exit(o.trap); }

    void handle_cast(add a) { n_ += a.by; }
    int handle_call(total) const { return n_; }
    int handle_call(slow_total s) {
        this_process::sleep(s.takes);
        return n_;
    }
    void handle_call(keep_caller, from<int> caller) { kept_.push_back(std::move(caller)); }
    void handle_cast(answer_kept a) {
        if (!kept_.empty()) {
            kept_.front().reply(a.value);
            kept_.erase(kept_.begin());
        }
    }
    void handle_cast(drop_kept) { kept_.clear(); }
    void handle_cast(hand_over h) {
        h.to.send(kept{std::move(kept_.front())});
        kept_.clear();
    }
    int handle_call(boom) { throw std::runtime_error{"boom"}; }
    int handle_call(leave) {
        this_process::stop();
        return n_;
    }
    int handle_call(begin_steps) {
        this_process::continue_with(this, step{});
        return n_;
    }
    void handle_continue(step) {
        if (++n_ % 3 != 0)
            this_process::continue_with(this, step{});
    }
    void handle_cast(wait_idle w) { this_process::idle_timeout(w.time); }
    void handle_info(note n) { tell("note " + n.text); }
    void handle_info(timeout) { tell("timeout"); }
    void handle_info(down d) { tell("down " + d.reason.text()); }
    void handle_info(exit_signal s) { tell("exit " + s.reason.text()); }
    void handle_info(message m) { tell("message " + std::string{m.type()}); }
    void terminate(const exit_reason& why) {
        tell("terminate " + why.text());
        if (o_.terminate == "exit")
            this_process::exit(exit_reason{"other"});
        if (o_.terminate == "slow")
            this_process::sleep(100ms);
    }

private:
    void tell(std::string s) const { o_.observer.send(note{std::move(s)}); }
    options o_;
    int n_ = 0;
    std::vector<from<int>> kept_;
};

inline constexpr server_name<subject> the_subject{"subject"};

std::string next_note() {
    const auto n = this_process::receive<note>(1s);
    return n ? n->text : "nothing";
}

server_ref<subject> start_subject(options o = {}) {
    o.observer = this_process::self();
    return start<subject>(o);
}

/// A server whose constructor fails in the given way.
class starter_of_trouble {
public:
    explicit starter_of_trouble(std::string how) {
        if (how == "throw")
            throw std::runtime_error{"no"};
        if (how == "exit")
            this_process::exit(exit_reason{"why"});
        if (how == "ignore")
            this_process::ignore();
        if (how == "hang")
            this_process::sleep(infinity);
    }
    int handle_call(total) const { return 1; }
};
inline constexpr server_name<starter_of_trouble> the_trouble{"trouble"};

struct ask {
    pid other;
    using reply = int;
};
/// Calls another server of its class.
class caller {
public:
    int handle_call(ask a) { return a.other ? server_ref<caller>{a.other}.call(ask{next_}) : 0; }
    void handle_cast(hand_over h) { next_ = h.to; }

private:
    pid next_;
};

} // namespace

BOOST_AUTO_TEST_SUITE(gen_server_suite)

// GSV-001, GSV-029.
BOOST_AUTO_TEST_CASE(a_server_handles_messages_of_one_client_in_order) {
    in_simulation([] {
        const auto s = start_subject();
        for (int i = 1; i <= 10; ++i) {
            s.cast(add{1});
            BOOST_TEST(s.call(total{}) == i);
        }
    });
}

// GSV-002 to GSV-006.
BOOST_AUTO_TEST_CASE(a_constructor_may_fail_refuse_or_take_too_long) {
    in_simulation([] {
        auto r = try_start<starter_of_trouble>("throw");
        BOOST_TEST((r.error().code == errc::start_failed));
        BOOST_TEST(r.error().reason.text() == "std::runtime_error: no");
        r = try_start<starter_of_trouble>("exit");
        BOOST_TEST((r.error().reason == exit_reason{"why"}));
        r = try_start<starter_of_trouble>("ignore");
        BOOST_TEST((r.error().code == errc::ignored));
        r = try_start<starter_of_trouble>({.name = the_trouble, .timeout = 100ms}, "hang");
        BOOST_TEST((r.error().code == errc::timeout));
        BOOST_TEST(!the_trouble.whereis().process());
        BOOST_CHECK_THROW(start<starter_of_trouble>("throw"), call_error);
    });
}

// GSV-008.
BOOST_AUTO_TEST_CASE(a_taken_name_refuses_the_second_without_running_its_constructor) {
    in_simulation([] {
        const auto first = start<starter_of_trouble>({.name = the_trouble}, "fine");
        const auto second = try_start<starter_of_trouble>({.name = the_trouble}, "throw");
        BOOST_TEST((second.error().code == errc::already_started));
        BOOST_TEST((the_trouble.whereis() == first));
    });
}

BOOST_AUTO_TEST_CASE(a_failing_linked_start_takes_a_plain_starter_down) {
    in_simulation([] {
        spawn_monitor([] { (void)try_start_link<starter_of_trouble>("exit"); });
        BOOST_TEST((this_process::receive<down>().reason == exit_reason{"why"}));
        this_process::trap_exit(true);
        BOOST_TEST(try_start_link<starter_of_trouble>("exit").has_error());
        BOOST_TEST(!this_process::receive<exit_signal>(1s)); // the result is the only notice
    });
}

BOOST_AUTO_TEST_CASE(start_monitor_monitors_from_the_start) {
    in_simulation([] {
        const auto m = start_monitor<subject>(options{.observer = this_process::self()});
        m.server.cast(answer_kept{0});
        m.server.process().exit(exit_reason{"x"});
        const down d = this_process::receive<down>();
        BOOST_TEST((d.ref == m.monitor && d.reason == exit_reason{"x"}));
    });
}

// GSV-012.
BOOST_AUTO_TEST_CASE(a_kept_caller_is_answered_from_another_handler_or_process) {
    in_simulation([] {
        const auto s = start_subject();
        auto first = s.send_request(keep_caller{});
        BOOST_TEST(s.call(total{}) == 0); // the server serves on meanwhile
        BOOST_TEST(!first.ready());
        s.cast(answer_kept{5});
        BOOST_TEST(first.get() == 5);
        auto second = s.send_request(keep_caller{});
        s.cast(hand_over{this_process::self()});
        auto k = this_process::receive<kept>();
        k.caller.reply(6);
        BOOST_TEST(second.get() == 6);
    });
}

BOOST_AUTO_TEST_CASE(a_dropped_caller_fails_with_no_reply_at_once) {
    in_simulation([] {
        const auto s = start_subject();
        auto p = s.send_request(keep_caller{});
        s.cast(drop_kept{});
        BOOST_TEST((p.try_get(1s).error().code == errc::no_reply));
    });
}

// GSV-025, and FACE 6.1: while the server unwinds, the process boundary answers with the reason.
BOOST_AUTO_TEST_CASE(callers_of_a_dying_server_are_told_the_reason) {
    in_simulation([] {
        const auto s = start_subject();
        auto waiting = s.send_request(keep_caller{});
        const auto crashed = s.try_call(boom{});
        BOOST_TEST((crashed.error().code == errc::exited));
        BOOST_TEST(crashed.error().reason.text() == "std::runtime_error: boom");
        const auto told = waiting.try_get();
        BOOST_TEST((told.error().code == errc::exited));
        BOOST_TEST((told.error().reason == crashed.error().reason));
        BOOST_TEST((s.try_call(total{}).error().code == errc::noproc));
    });
}

BOOST_AUTO_TEST_CASE(a_request_that_was_never_begun_says_so) {
    in_simulation([] {
        const auto s = start_subject();
        auto busy = s.send_request(slow_total{1000ms});
        this_process::sleep(1ms);
        auto queued = s.send_request(total{});
        s.process().exit(exit_reason{"x"});
        BOOST_TEST(!busy.try_get().error().not_started);
        BOOST_TEST(queued.try_get().error().not_started);
    });
}

// GSV-060.
BOOST_AUTO_TEST_CASE(an_uncaught_failing_call_ends_the_caller_with_the_servers_reason) {
    in_simulation([] {
        const auto s = start_subject();
        s.stop();
        spawn_monitor([s] { s.call(total{}); });
        BOOST_TEST((this_process::receive<down>().reason == exit_reason::noproc));
    });
}

// GSV-021: the server goes on, and its late answer is dropped.
BOOST_AUTO_TEST_CASE(a_timeout_fails_one_call_and_its_late_answer_is_gone) {
    in_simulation([] {
        const auto s = start_subject();
        s.cast(add{3});
        BOOST_TEST((s.try_call(slow_total{100ms}, 10ms).error().code == errc::timeout));
        BOOST_TEST(s.call(total{}) == 3);
        this_process::sleep(1s);
        BOOST_TEST(s.call(total{}) == 3);
    });
}

// GSV-027.
BOOST_AUTO_TEST_CASE(a_caller_that_dies_leaves_the_server_alone) {
    in_simulation([] {
        const auto s = start_subject();
        const pid c = spawn([s] { s.call(slow_total{100ms}); });
        this_process::sleep(10ms);
        c.exit(exit_reason::kill);
        this_process::sleep(1s);
        BOOST_TEST(s.call(total{}) == 0);
    });
}

// Rule 12: the answer goes out after terminate has run.
BOOST_AUTO_TEST_CASE(stop_answers_after_terminate) {
    in_simulation([] {
        const auto s = start_subject();
        BOOST_TEST(s.call(leave{}) == 0);
        BOOST_TEST(next_note() ==
                   "terminate normal"); // the note was in our mailbox before the answer
        this_process::sleep(1ms);
        BOOST_TEST(!s.process().alive());
    });
}

// GSV-037 to GSV-040, GSV-050.
BOOST_AUTO_TEST_CASE(the_stop_api_ends_a_server_and_tells_if_it_ended_otherwise) {
    in_simulation([] {
        auto s = start_subject();
        s.stop(exit_reason{"done"});
        BOOST_TEST(next_note() == "terminate done");
        BOOST_TEST(!s.process().alive());
        BOOST_TEST((s.try_stop().error().code == errc::noproc));
        s = start_subject({.terminate = "exit"});
        const auto other = s.try_stop(exit_reason{"done"});
        BOOST_TEST((other.error().code == errc::exited));
        BOOST_TEST((other.error().reason == exit_reason{"other"}));
    });
}

BOOST_AUTO_TEST_CASE(a_server_that_terminates_is_exiting_though_it_lives) {
    in_simulation([] {
        const auto s = start_subject({.terminate = "slow"});
        BOOST_TEST((process_info(s.process()).value().status == process_status::waiting));
        const auto stopped = s.process();
        spawn([s] { s.stop(); });
        BOOST_TEST(next_note() == "terminate normal");
        BOOST_TEST(stopped.alive());
        const auto i = process_info(stopped).value();
        BOOST_TEST((i.status == process_status::exiting));
        BOOST_TEST(i.handling == "terminate");
        BOOST_TEST((i.parent == this_process::self())); // it answers: its mailbox is not closed yet
        this_process::sleep(1s);
        BOOST_TEST(!process_info(stopped).has_value());
    });
}

// GSV-049.
BOOST_AUTO_TEST_CASE(kill_never_runs_terminate) {
    in_simulation([] {
        const auto s = start_subject({.trap = true});
        s.process().exit(exit_reason::kill);
        BOOST_TEST(next_note() == "nothing");
    });
}

// GSV-044, GSV-047.
BOOST_AUTO_TEST_CASE(a_trapping_server_ends_with_its_parent_and_handles_other_exits) {
    in_simulation([] {
        const pid observer = this_process::self();
        server_ref<subject> s;
        const pid parent = spawn([observer, &s] {
            s = start_link<subject>(options{.trap = true, .observer = observer});
            observer.send(note{"up"});
            this_process::sleep(infinity);
        });
        BOOST_TEST(next_note() == "up");
        s.process().exit(exit_reason{"other"});
        BOOST_TEST(next_note() == "exit other");
        parent.exit(exit_reason{"bye"});
        BOOST_TEST(next_note() == "terminate bye");
    });
}

// GSV-034, GSV-035.
BOOST_AUTO_TEST_CASE(a_link_and_the_exit_behind_it_arrive_in_order) {
    in_simulation([] {
        const auto s = start_subject({.trap = true});
        spawn([s] {
            this_process::link(s);
            this_process::exit(exit_reason{"why"});
        });
        BOOST_TEST(next_note() == "exit why");
    });
}

BOOST_AUTO_TEST_CASE(a_continue_runs_before_the_next_message) {
    in_simulation([] {
        const auto s = start_subject();
        BOOST_TEST(s.call(begin_steps{}) == 0);
        BOOST_TEST(s.call(total{}) == 3);
    });
}

// GSV-030, FACE decision 6.
BOOST_AUTO_TEST_CASE(notes_reach_their_handler_and_untyped_messages_the_catch_all) {
    in_simulation([] {
        const auto s = start_subject();
        s.send(note{"hello"});
        BOOST_TEST(next_note() == "note hello");
        s.process().send(add{1}); // sent by pid it is not a cast
        BOOST_TEST(next_note() == "message {anonymous}::add");
        BOOST_TEST(s.call(total{}) == 0);
    });
}

// GSV-031, rule 13.
BOOST_AUTO_TEST_CASE(an_idle_timeout_comes_once_and_any_message_cancels_it) {
    in_simulation([] {
        const auto s = start_subject();
        s.cast(wait_idle{100ms});
        BOOST_TEST(next_note() == "timeout");
        BOOST_TEST(next_note() == "nothing");
        s.cast(wait_idle{100ms});
        this_process::sleep(50ms);
        s.cast(add{1});
        BOOST_TEST(next_note() == "nothing");
        s.cast(wait_idle{0ms});
        BOOST_TEST(next_note() == "timeout");
    });
}

BOOST_AUTO_TEST_CASE(a_later_idle_timeout_replaces_the_earlier) {
    in_simulation([] {
        const auto s = start_subject();
        s.cast(wait_idle{10ms});
        s.cast(wait_idle{500ms});
        const auto before = this_process::now();
        BOOST_TEST(next_note() == "timeout");
        BOOST_TEST((this_process::now() - before >= 499ms));
        s.cast(wait_idle{900ms});
        s.cast(wait_idle{10ms});
        const auto second = this_process::now();
        BOOST_TEST(next_note() == "timeout");
        BOOST_TEST((this_process::now() - second < 50ms));
    });
}

// DESIGN 5: a call to oneself, and a longer ring of calls.
BOOST_AUTO_TEST_CASE(a_ring_of_calls_is_found_when_it_closes) {
    in_simulation([] {
        const auto a = start<caller>(), b = start<caller>(), c = start<caller>();
        a.cast(hand_over{c}); // a asks b, b asks c, c asks a
        b.cast(hand_over{a});
        c.cast(hand_over{b});
        const auto r = a.try_call(ask{b}, 1h);
        BOOST_REQUIRE(r.has_error());
        BOOST_TEST(
            (this_process::now().time_since_epoch() < 1h + 1min)); // not by the call's timeout
        BOOST_TEST(r.error().reason.text() == "call_cycle");
    });
}

BOOST_AUTO_TEST_CASE(a_server_that_calls_itself_gets_calling_self) {
    in_simulation([] {
        const auto a = start<caller>();
        a.cast(hand_over{pid{}});
        BOOST_TEST((a.try_call(ask{a}).error().reason == exit_reason{"calling_self"}));
    });
}

BOOST_AUTO_TEST_CASE(a_request_set_gives_answers_as_they_come) {
    in_simulation([] {
        request_set<int, std::string> set;
        const auto slow = start_subject(), quick = start_subject(), dead = start_subject();
        dead.stop();
        (void)next_note();
        set.add("slow", slow.send_request(slow_total{500ms}));
        set.add("quick", quick.send_request(slow_total{100ms}));
        set.add("dead", dead.send_request(total{}));
        BOOST_TEST(set.next()->label == "dead");
        const auto q = set.next(1s);
        BOOST_TEST(q->label == "quick");
        BOOST_TEST(q->value.value() == 0);
        BOOST_TEST(!set.next(10ms).has_value());
        BOOST_TEST(set.next()->label == "slow");
        BOOST_TEST(set.empty());
    });
}

// The timeout has made the caller runnable; the answer comes before the caller runs. It must run
// once.
BOOST_AUTO_TEST_CASE(an_answer_at_the_moment_of_the_timeout_wakes_its_caller_once) {
    in_simulation([] {
        const auto s = start_subject();
        for (int i = 0; i < 20; ++i) {
            auto answer = s.send_request(slow_total{10ms});
            (void)answer.try_get(10ms);
            const auto before = this_process::now();
            this_process::sleep(1h);
            BOOST_TEST((this_process::now() - before >= 1h));
        }
    });
}

BOOST_AUTO_TEST_CASE(a_request_goes_with_a_client_that_is_killed_while_it_waits_for_room) {
    struct load {
        std::shared_ptr<int> counted;
        using reply = int;
    };
    class sleeper {
    public:
        int handle_call(load) {
            this_process::sleep(1h);
            return 0;
        }
    };
    in_simulation([] {
        const auto count = std::make_shared<int>();
        const auto s = start<sleeper>({.mailbox = {.messages = 1}});
        const pid client = spawn([=] {
            const auto handled = s.send_request(load{count}), waits = s.send_request(load{count}),
                       finds_no_room = s.send_request(load{count});
        });
        this_process::sleep(1ms);
        client.exit(exit_reason::kill);
        s.process().exit(exit_reason::kill);
        this_process::sleep(1ms);
        BOOST_TEST(count.use_count() == 1);
    });
}

BOOST_AUTO_TEST_CASE(an_empty_request_set_has_no_next_and_waits_for_none) {
    in_simulation([] {
        const auto before = this_process::now();
        request_set<int, int> none;
        BOOST_TEST(!none.next(infinity));
        const auto s = start_subject();
        none.add(1, s.send_request(total{}));
        BOOST_TEST(none.next()->value.value() == 0);
        BOOST_TEST(!none.next(1h));
        BOOST_TEST((this_process::now() - before < 1s));
    });
}

// OTP: a server that was started without a link has no parent.
BOOST_AUTO_TEST_CASE(a_starter_without_a_link_is_not_the_parent) {
    in_simulation([] {
        const auto s = start_subject({.trap = true});
        s.process().exit(exit_reason{"why"});
        BOOST_TEST(next_note() == "exit why");
        BOOST_TEST(s.process().alive());
    });
}

BOOST_AUTO_TEST_CASE(a_kept_request_knows_its_caller) {
    in_simulation([] {
        struct ask_caller {
            using reply = int;
        };
        struct keeper {
            void handle_call(ask_caller, from<int> f) { f.reply(f.caller() == expected ? 1 : 0); }
            pid expected = this_process::parent();
        };
        BOOST_TEST(start<keeper>().call(ask_caller{}) == 1);
    });
}

BOOST_AUTO_TEST_CASE(clients_may_know_only_the_messages) {
    in_simulation([] {
        const auto s = start_subject();
        const server_ref<protocol<add, total>> both = s;
        both.cast(add{4});
        BOOST_TEST(both.call(total{}) == 4);
        const server_ref<protocol<total>> reader = both;
        BOOST_TEST(reader.call(total{}) == 4);
        BOOST_TEST((reader.process() == s.process()));
    });
}

BOOST_AUTO_TEST_CASE(a_name_of_another_class_is_refused) {
    in_simulation([] {
        static constexpr server_name<caller> same_text{"subject"};
        const auto s = try_start<subject>({.name = the_subject}, options{.observer = {}});
        BOOST_REQUIRE(s.has_value());
        BOOST_TEST((same_text.try_call(ask{}).error().code == errc::bad_name_type));
        BOOST_TEST(the_subject.call(total{}) == 0);
    });
}

BOOST_AUTO_TEST_CASE(plain_threads_call_cast_and_stop) {
    runtime::start({.threads = 2});
    {
        const auto s = start<subject>(options{});
        s.cast(add{2});
        BOOST_TEST(s.call(total{}) == 2);
        BOOST_TEST((s.try_call(slow_total{200ms}, 1ms).error().code == errc::timeout));
        auto p = s.send_request(total{});
        BOOST_TEST(p.get() == 2);
        BOOST_TEST((s.try_call(boom{}).error().code == errc::exited));
        BOOST_TEST((s.try_call(total{}).error().code == errc::noproc));
    }
    runtime::stop();
}

BOOST_AUTO_TEST_CASE(calls_between_threads_all_come_back) {
    runtime::start({.threads = 2});
    {
        const auto s = start<subject>(options{});
        constexpr int clients = 8, calls = 2000;
        std::atomic<int> done{0};
        std::vector<std::thread> plain;
        for (int c = 0; c < clients; ++c) {
            spawn([&, s] {
                for (int i = 0; i < calls; ++i) {
                    s.cast(add{1});
                    s.call(total{});
                }
                ++done;
            });
            plain.emplace_back([&, s] {
                for (int i = 0; i < calls; ++i) {
                    s.cast(add{1});
                    s.call(total{});
                }
                ++done;
            });
        }
        for (auto& t : plain)
            t.join();
        while (done < 2 * clients)
            std::this_thread::yield();
        BOOST_TEST(s.call(total{}) == 2 * clients * calls);
    }
    runtime::stop();
}

BOOST_AUTO_TEST_SUITE_END()
