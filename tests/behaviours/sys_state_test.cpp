// SPDX-License-Identifier: BSL-1.0
// The state of a running server, read and replaced; its status; a process of one's own.
#include "in_simulation.hpp"
#include "sys_subjects.hpp"
#include <memory>

using namespace coppice;
using namespace sys_subjects;
using namespace std::chrono_literals;

namespace {

inline constexpr server_name<counter> the_counter{"counter"};

/// Its state cannot be copied.
class keeper {
public:
    explicit keeper(int n) : n_{std::make_unique<int>(n)} {}
    int n() const { return *n_; }
    friend handler_access;

private:
    std::unique_ptr<int> n_;
};

} // namespace

BOOST_AUTO_TEST_SUITE(sys_state_suite)

// SYS-005.
BOOST_AUTO_TEST_CASE(a_function_reads_the_state_and_another_replaces_it) {
    in_simulation([] {
        each_behaviour([](const subject& s) {
            s.add_one();
            BOOST_TEST(s.get(1s).value() == 1); // in order with messages
            BOOST_TEST(bool{s.set(41)});
            s.add_one();
            BOOST_TEST(s.get(1s).value() == 42);
        });
    });
}

BOOST_AUTO_TEST_CASE(both_work_while_it_is_suspended) {
    in_simulation([] {
        each_behaviour([](const subject& s) {
            sys::suspend(s.process);
            s.add_one();
            BOOST_TEST(s.get(1s).value() == 0);
            BOOST_TEST(bool{s.set(10)});
            BOOST_TEST(s.get(1s).value() == 10);
            sys::resume(s.process);
            BOOST_TEST(s.get(1s).value() == 11);
        });
    });
}

// SYS-005.
BOOST_AUTO_TEST_CASE(a_function_that_throws_fails_for_its_caller_and_the_server_lives) {
    in_simulation([] {
        each_behaviour([](const subject& s) {
            s.add_one();
            BOOST_CHECK(s.fail_to_get() == errc::callback_failed);
            BOOST_CHECK(s.fail_to_set() == errc::callback_failed);
            sys::suspend(s.process);
            BOOST_CHECK(s.fail_to_get() == errc::callback_failed);
            sys::resume(s.process);
            BOOST_TEST(s.process.alive());
            BOOST_TEST(s.get(1s).value() == 1);
        });
    });
}

BOOST_AUTO_TEST_CASE(the_failure_has_the_text_of_the_exception) {
    in_simulation([] {
        const auto c = start<counter>();
        const auto r = sys::try_get_state(
            c, [](const counter&) -> int { throw std::runtime_error{"out of paper"}; });
        BOOST_TEST(r.error().detail.find("out of paper") != std::string::npos);
        BOOST_CHECK_EXCEPTION(
            sys::get_state(c, [](const counter&) -> int { this_process::exit(exit_reason{"me"}); }),
            call_error, [](const auto& e) { return e.code() == errc::callback_failed; });
        BOOST_TEST(c.call(total{}) == 0);
    });
}

// SYS-005.
BOOST_AUTO_TEST_CASE(a_function_that_returns_the_new_state_leaves_the_old_one_whole_if_it_throws) {
    in_simulation([] {
        const auto c = start<counter>();
        sys::replace_state(c, [](const counter& old) {
            counter next = old;
            next.n += 5;
            return next;
        });
        BOOST_TEST(c.call(total{}) == 5);
        const auto r = sys::try_replace_state(c, [](const counter& old) {
            counter next = old;
            next.n = 100;
            if (next.n == 100)
                throw std::runtime_error{"no"};
            return next;
        });
        BOOST_CHECK(code_of(r) == errc::callback_failed);
        BOOST_TEST(c.call(total{}) == 5);
    });
}

BOOST_AUTO_TEST_CASE(replace_state_returns_what_its_function_returns) {
    in_simulation([] {
        start<counter>({.name = the_counter});
        BOOST_TEST(
            sys::replace_state(the_counter, [](counter& c) { return std::exchange(c.n, 7); }) == 0);
        BOOST_TEST(sys::get_state(the_counter, [](const auto& c) { return c.n; }) == 7);
    });
}

BOOST_AUTO_TEST_CASE(a_state_and_what_is_captured_need_not_be_copyable) {
    in_simulation([] {
        const auto k = start<keeper>(3);
        auto five = std::make_unique<int>(5);
        const auto sum = sys::get_state(k, [five = std::move(five)](const keeper& s) {
            return std::make_unique<int>(s.n() + *five);
        });
        BOOST_TEST(*sum == 8);
        sys::replace_state(k, [](keeper& s) { s = keeper{9}; });
        BOOST_TEST(sys::get_state(k, [](const keeper& s) { return s.n(); }) == 9);
    });
}

BOOST_AUTO_TEST_CASE(a_state_machine_is_moved_without_its_enter_call) {
    in_simulation([] {
        const auto d = start<gen_statem<door>>();
        sys::replace_state(d, [](door::states& s, door& data) {
            s = door::open{.times = 5};
            data.n = 1;
        });
        d.cast(add{1});
        const auto seen = sys::get_state(d, [](const door::states& s, const door& data) {
            return std::pair{std::get<door::open>(s).times, data.n};
        });
        BOOST_TEST(seen.first == 6);
        BOOST_TEST(seen.second == 2);
    });
}

BOOST_AUTO_TEST_CASE(the_id_tells_two_handlers_of_one_class_apart) {
    in_simulation([] {
        const auto b = start<bus>();
        bus::add_handler<listener>(b, handler_id{"one"});
        bus::notify(b, add{1});
        bus::add_handler<listener>(b, handler_id{"two"});
        bus::notify(b, add{1});
        const auto n = [](const listener& l) { return l.n; };
        BOOST_TEST(sys::get_state(sys::handler<listener>(b, "one"), n) == 2);
        BOOST_TEST(sys::get_state(sys::handler<listener>(b, "two"), n) == 1);
        BOOST_CHECK(code_of(sys::try_get_state(sys::handler<listener>(b, "three"), n)) ==
                    errc::not_found);
    });
}

BOOST_AUTO_TEST_CASE(a_reference_of_another_class_is_refused) {
    in_simulation([] {
        const auto n = [](const counter& c) { return c.n; };
        each_behaviour([&](const subject& s) {
            if (s.behaviour == "gen_server")
                return;
            BOOST_CHECK(code_of(sys::try_get_state(server_ref<counter>{s.process}, n)) ==
                        errc::bad_name_type);
        });
    });
}

// SYS-006.
BOOST_AUTO_TEST_CASE(all_verbs_fail_as_a_call_does) {
    in_simulation([] {
        const auto n = [](const counter& c) { return c.n; };
        const auto c = start<counter>();
        c.stop();
        BOOST_CHECK(code_of(sys::try_get_state(c, n)) == errc::noproc);
        BOOST_CHECK(code_of(sys::try_get_state(the_counter, n)) == errc::noproc);
        BOOST_CHECK(code_of(sys::try_replace_state(c, [](counter&) {})) == errc::noproc);
        for (const sys::target t : {sys::target{c}, sys::target{the_counter}, sys::target{pid{}}}) {
            BOOST_CHECK(code_of(sys::try_suspend(t)) == errc::noproc);
            BOOST_CHECK(code_of(sys::try_resume(t)) == errc::noproc);
            BOOST_CHECK(code_of(sys::try_get_status(t)) == errc::noproc);
            BOOST_CHECK(code_of(sys::try_terminate(t)) == errc::noproc);
            BOOST_CHECK(code_of(sys::try_statistics(t, true)) == errc::noproc);
            BOOST_CHECK(code_of(sys::try_get_statistics(t)) == errc::noproc);
            BOOST_CHECK(code_of(sys::try_log(t, 1)) == errc::noproc);
            BOOST_CHECK(code_of(sys::try_get_log(t)) == errc::noproc);
            BOOST_CHECK(code_of(sys::try_trace(t, true)) == errc::noproc);
            BOOST_CHECK(code_of(sys::try_trace(t, false)) == errc::noproc);
            BOOST_CHECK(code_of(sys::try_no_debug(t)) == errc::noproc);
        }
        const server_ref<counter> me{this_process::self()};
        BOOST_CHECK(code_of(sys::try_get_state(me, n)) == errc::calling_self);
        BOOST_CHECK_EXCEPTION(sys::get_state(c, n), call_error,
                              [](const auto& e) { return e.code() == errc::noproc; });
    });
}

BOOST_AUTO_TEST_CASE(a_function_that_waits_longer_than_the_timeout_still_runs) {
    in_simulation([] {
        const auto c = start<counter>();
        const auto r = sys::try_replace_state(
            c,
            [](counter& s) {
                this_process::sleep(1s);
                s.n = 3;
            },
            100ms);
        BOOST_CHECK(code_of(r) == errc::timeout);
        BOOST_TEST(c.call(total{}) == 3);
    });
}

BOOST_AUTO_TEST_CASE(a_kill_while_a_function_waits_is_told_to_its_caller) {
    in_simulation([] {
        each_behaviour([](const subject& s) {
            const auto killer = spawn([p = s.process] {
                this_process::sleep(10ms);
                p.exit(exit_reason::kill);
            });
            (void)killer;
            const auto wait = [](const auto&...) {
                this_process::sleep(1h);
                return 1;
            };
            if (s.behaviour == "function") {
                BOOST_CHECK(code_of(sys::try_get_state(server_ref<tally>{s.process}, wait,
                                                       infinity)) == errc::exited);
            } else if (s.behaviour == "gen_server") {
                BOOST_CHECK(code_of(sys::try_get_state(server_ref<counter>{s.process}, wait,
                                                       infinity)) == errc::exited);
            }
        });
    });
}

BOOST_AUTO_TEST_CASE(status_says_what_a_server_is_and_whether_it_is_suspended) {
    in_simulation([] {
        each_behaviour([](const subject& s) {
            sys::status seen = sys::get_status(s.process);
            BOOST_CHECK(seen.process == s.process);
            BOOST_CHECK(seen.parent == this_process::self());
            BOOST_TEST(seen.behaviour == s.behaviour);
            BOOST_TEST(!seen.type.empty());
            BOOST_TEST(seen.name.empty());
            BOOST_TEST(!seen.suspended);
            BOOST_TEST(!seen.traced);
            BOOST_TEST(seen.log.empty());
            BOOST_TEST(seen.state == s.state);
            sys::suspend(s.process);
            sys::log(s.process, 5);
            s.add_one();
            s.add_one();
            seen = sys::get_status(s.process);
            BOOST_TEST(seen.suspended);
            BOOST_TEST(seen.waiting == 2U);
            sys::resume(s.process);
            BOOST_TEST(s.get(1s).value() == 2);
            seen = sys::get_status(s.process);
            BOOST_TEST(!seen.suspended);
            BOOST_TEST(!seen.log.empty());
        });
    });
}

BOOST_AUTO_TEST_CASE(status_is_told_though_format_status_throws) {
    in_simulation([] {
        class shy {
        public:
            std::string format_status() const { throw std::runtime_error{"not today"}; }
        };
        const auto s = start<shy>();
        BOOST_TEST(sys::get_status(s).state.find("not today") != std::string::npos);
        BOOST_TEST(s.process().alive());
    });
}

BOOST_AUTO_TEST_CASE(terminate_ends_a_suspended_server_with_a_reason) {
    in_simulation([] {
        each_behaviour([](const subject& s) {
            const auto watch = this_process::monitor(s.process);
            sys::suspend(s.process);
            s.add_one();
            sys::terminate(s.process, exit_reason::shutdown);
            const auto d = this_process::receive<down>();
            BOOST_CHECK(d.ref == watch);
            BOOST_TEST(d.reason.text() == "shutdown");
        });
    });
}

// --- a process of one's own ---

// SYS-007.
BOOST_AUTO_TEST_CASE(a_process_of_ones_own_takes_part_by_one_function) {
    in_simulation([] {
        const subject s = a_function();
        s.add_one();
        BOOST_TEST(s.get(1s).value() == 1);
        sys::suspend(s.process);
        s.add_one();
        BOOST_TEST(s.get(1s).value() == 1);
        BOOST_TEST(sys::get_status(s.process).suspended);
        sys::resume(s.process);
        BOOST_TEST(s.get(1s).value() == 2);
        sys::terminate(s.process, exit_reason{"enough"});
        BOOST_TEST(!s.process.alive());
    });
}

BOOST_AUTO_TEST_CASE(while_a_function_is_suspended_its_time_is_not_up) {
    in_simulation([] {
        const pid me = this_process::self();
        const pid p = spawn([me] {
            tally all;
            const auto part = sys::take_part(all);
            const bool came = this_process::receive<add>(100ms).has_value();
            me.send(add{came ? 1 : 2});
            this_process::receive<total>();
        });
        this_process::sleep(10ms);
        sys::suspend(p);
        p.send(total{}); // waits as any message does
        BOOST_TEST(!this_process::receive<add>(1s).has_value());
        sys::resume(p);
        BOOST_TEST(this_process::receive<add>(1s)->by == 2);
    });
}

BOOST_AUTO_TEST_CASE(what_waited_while_a_function_was_suspended_comes_in_its_order) {
    in_simulation([] {
        const pid me = this_process::self();
        const pid p = spawn([me] {
            tally all;
            const auto part = sys::take_part(all);
            for (;;)
                this_process::receive([&](add a) { me.send(a); });
        });
        p.send(add{1});
        sys::suspend(p);
        for (int i = 2; i < 6; ++i)
            p.send(add{i});
        BOOST_TEST(this_process::receive<add>().by == 1);
        BOOST_TEST(!this_process::receive<add>(1s).has_value());
        sys::resume(p);
        p.send(add{6});
        for (int i = 2; i <= 6; ++i)
            BOOST_TEST(this_process::receive<add>().by == i);
    });
}

BOOST_AUTO_TEST_CASE(a_function_takes_part_no_longer_than_its_scope) {
    in_simulation([] {
        const pid p = spawn([] {
            tally all;
            {
                const auto part = sys::take_part(all);
                this_process::receive<add>();
            }
            this_process::receive<total>();
        });
        BOOST_TEST(bool{sys::try_get_status(p)});
        p.send(add{1});
        BOOST_CHECK(code_of(sys::try_get_status(p)) == errc::no_reply);
        BOOST_CHECK(code_of(sys::try_suspend(p)) == errc::no_reply);
        BOOST_CHECK(code_of(sys::try_log(p, 1)) == errc::no_reply);
        p.send(total{});
    });
}

BOOST_AUTO_TEST_CASE(a_function_of_sys_may_receive_in_a_function_process) {
    in_simulation([] {
        const subject s = a_function();
        const pid p = s.process;
        const pid helper = spawn([p] {
            this_process::sleep(10ms);
            p.send(total{});
        });
        (void)helper;
        const auto other = spawn([s] { // its request waits until the first is done
            this_process::sleep(5ms);
            s.set(8).value();
        });
        (void)other;
        s.add_one();
        const int n = sys::get_state(server_ref<tally>{p}, [](const tally& t) {
            this_process::receive<total>();
            return t.n;
        });
        BOOST_TEST(n == 1);
        this_process::sleep(1ms);
        BOOST_TEST(s.get(1s).value() == 8);
    });
}

BOOST_AUTO_TEST_CASE(a_server_takes_part_already) {
    in_simulation([] {
        class twice {
        public:
            twice() {
                tally all;
                const auto part = sys::take_part(all);
            }
        };
        BOOST_CHECK_THROW(start<twice>(), call_error);
    });
}

BOOST_AUTO_TEST_SUITE_END()
