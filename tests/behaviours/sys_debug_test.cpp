// SPDX-License-Identifier: BSL-1.0
// What sys is told of a server's messages: statistics, log, trace, and debug functions.
#include "in_simulation.hpp"
#include "sys_subjects.hpp"
#include <optional>
#include <string>
#include <vector>

using namespace coppice;
using namespace sys_subjects;
using namespace std::chrono_literals;

namespace {

using kind = sys::event::kind;
using lines = std::vector<std::string>;

/// Of types without their namespaces, and of peers that they are there.
std::string short_text(const sys::event& e) {
    const std::size_t from = e.message.rfind(':');
    std::string text{from == e.message.npos ? e.message : e.message.substr(from + 1)};
    text += e.peer ? " peer" : "";
    switch (e.what) {
    case kind::in:
        return "in " + text;
    case kind::out:
        return "out " + text;
    case kind::noreply:
        return "noreply " + text;
    }
    return {};
}

lines short_texts(const std::vector<sys::event>& events) {
    lines all;
    for (const sys::event& e : events)
        all.push_back(short_text(e));
    return all;
}

void check_lines(const lines& got, const lines& expected) {
    BOOST_TEST(got == expected, boost::test_tools::per_element());
}

/// Answers `ask` when `answer_now` comes.
struct ask {
    using reply = int;
};
struct answer_now {};
struct fail {
    using reply = int;
};
class late {
public:
    void handle_call(ask, from<int> f) { client_.emplace(std::move(f)); }
    void handle_cast(answer_now) {
        client_->reply(5);
        client_.reset();
    }
    int handle_call(fail) { throw std::runtime_error{"failed"}; }

private:
    std::optional<from<int>> client_;
};

/// How many debug functions live.
struct lifetime {
    static inline int alive = 0;
    lifetime() { ++alive; }
    lifetime(lifetime&& o) noexcept {
        (void)o;
        ++alive;
    }
    lifetime(const lifetime&) = delete;
    lifetime& operator=(const lifetime&) = delete;
    ~lifetime() { --alive; }
};

} // namespace

BOOST_AUTO_TEST_SUITE(sys_debug_suite)

// SYS-003.
BOOST_AUTO_TEST_CASE(statistics_count_what_comes_in_and_goes_out_while_they_are_on) {
    in_simulation([] {
        each_behaviour([](const subject& s) {
            BOOST_TEST(!sys::get_statistics(s.process).has_value());
            s.add_one(); // not counted: the request that turns counting on comes later
            sys::statistics(s.process, true);
            const auto began = this_process::now();
            this_process::sleep(10ms);
            s.add_one();
            s.add_one();
            const auto seen = sys::get_statistics(s.process);
            BOOST_REQUIRE(seen.has_value());
            BOOST_TEST(seen->messages_in == 2U);
            BOOST_TEST(seen->messages_out == 0U);
            BOOST_CHECK(seen->start <= began);
            BOOST_CHECK(seen->now - seen->start >= 10ms);
            sys::statistics(s.process, false);
            BOOST_TEST(!sys::get_statistics(s.process).has_value());
        });
        const auto c = start<counter>();
        sys::statistics(c, true);
        (void)c.call(total{});
        (void)c.call(total{});
        c.cast(add{1});
        BOOST_TEST(sys::get_statistics(c)->messages_in == 3U);
        BOOST_TEST(sys::get_statistics(c)->messages_out == 2U);
    });
}

// SYS-003.
BOOST_AUTO_TEST_CASE(a_log_keeps_the_last_events_until_it_is_off) {
    in_simulation([] {
        const auto c = start<counter>();
        (void)c.call(total{}); // before it is on
        sys::log(c, 3);
        c.cast(add{1});
        (void)c.call(total{});
        check_lines(short_texts(sys::get_log(c)),
                    {"noreply add", "in total peer", "out total peer"});
        sys::log(c, 2);
        check_lines(short_texts(sys::get_log(c)), {"in total peer", "out total peer"});
        sys::log(c, 4);
        c.cast(add{1});
        c.cast(add{1});
        check_lines(short_texts(sys::get_log(c)),
                    {"in add", "noreply add", "in add", "noreply add"});
        BOOST_TEST(sys::get_status(c).log.size() == 4U);
        sys::log(c, 0);
        c.cast(add{1});
        BOOST_TEST(sys::get_log(c).empty());
    });
}

BOOST_AUTO_TEST_CASE(an_event_says_who_when_and_what) {
    in_simulation([] {
        const auto c = start<counter>();
        sys::log(c, 10);
        this_process::sleep(5ms);
        const auto before = this_process::now();
        (void)c.call(total{});
        const auto log = sys::get_log(c);
        BOOST_REQUIRE(log.size() == 2U);
        for (const sys::event& e : log) {
            BOOST_CHECK(e.process == c.process());
            BOOST_CHECK(e.peer == this_process::self());
            BOOST_CHECK(e.at >= before);
        }
        const std::string me = this_process::self().text();
        BOOST_TEST(log[0].text().find("total from " + me) != std::string::npos);
        BOOST_TEST(log[1].text().find("total to " + me) != std::string::npos);
    });
}

// SYS-003.
BOOST_AUTO_TEST_CASE(a_trace_writes_each_event_to_its_sink_until_it_is_off) {
    in_simulation([] {
        each_behaviour([](const subject& s) {
            lines heard;
            sys::trace(s.process, [&heard](std::string_view line) { heard.emplace_back(line); });
            BOOST_TEST(sys::get_status(s.process).traced);
            s.add_one();
            BOOST_TEST(s.get(1s).value() == 1); // functions of sys are no events
            // A function takes its messages itself, so what it does with them is not seen.
            BOOST_REQUIRE(heard.size() == (s.behaviour == "function" ? 1U : 2U));
            BOOST_TEST(heard.front().starts_with("in "));
            BOOST_TEST((heard.size() == 1 || heard.back().starts_with("noreply ")));
            sys::trace(s.process, false);
            BOOST_TEST(!sys::get_status(s.process).traced);
            heard.clear();
            s.add_one();
            BOOST_TEST(s.get(1s).value() == 2);
            BOOST_TEST(heard.empty());
        });
    });
}

BOOST_AUTO_TEST_CASE(a_second_trace_takes_the_place_of_the_first) {
    in_simulation([] {
        const auto c = start<counter>();
        int first = 0, second = 0;
        sys::trace(c, [&first](std::string_view) { ++first; });
        c.cast(add{1});
        sys::trace(c, [&second](std::string_view) { ++second; });
        c.cast(add{1});
        BOOST_TEST(c.call(total{}) == 2);
        BOOST_TEST(first == 2);
        sys::trace(c, true); // to the log of the program, in place of the second
        BOOST_TEST(second == 4);
        sys::trace(c, false);
    });
}

BOOST_AUTO_TEST_CASE(a_caller_that_is_answered_later_is_an_out_then) {
    in_simulation([] {
        const auto s = start<late>();
        sys::log(s, 10);
        auto p = s.send_request(ask{});
        s.cast(answer_now{});
        BOOST_TEST(p.get() == 5);
        check_lines(short_texts(sys::get_log(s)),
                    {"in ask peer", "noreply ask", "in answer_now", "out ask peer"});
    });
}

BOOST_AUTO_TEST_CASE(the_message_that_ends_a_server_is_told_before_it_is_handled) {
    in_simulation([] {
        const auto s = start<late>();
        lines heard;
        sys::install(s, [&heard](const sys::event& e) { heard.push_back(short_text(e)); });
        BOOST_CHECK(code_of(s.try_call(fail{})) == errc::exited);
        check_lines(heard, {"in fail peer"});
    });
}

// SYS-004.
BOOST_AUTO_TEST_CASE(a_debug_function_keeps_its_own_state_and_goes_when_it_is_done) {
    in_simulation([] {
        each_behaviour([](const subject& s) {
            int last = 0;
            sys::install(s.process,
                         [&last, seen = 0, life = lifetime{}](const sys::event& e) mutable {
                             if (e.what != kind::in)
                                 return sys::debugging::goes_on;
                             last = ++seen;
                             return seen == 2 ? sys::debugging::done : sys::debugging::goes_on;
                         });
            BOOST_TEST(lifetime::alive == 1);
            for (int i = 0; i < 4; ++i)
                s.add_one();
            BOOST_TEST(s.get(1s).value() == 4);
            BOOST_TEST(last == 2);
            BOOST_TEST(lifetime::alive == 0);
        });
    });
}

// SYS-004.
BOOST_AUTO_TEST_CASE(a_debug_function_that_throws_is_removed_alone) {
    in_simulation([] {
        each_behaviour([](const subject& s) {
            int failing = 0, other = 0;
            sys::install(s.process, [&failing, life = lifetime{}](const sys::event&) {
                ++failing;
                throw std::runtime_error{"no"};
            });
            sys::install(s.process, [&other](const sys::event& e) { other += e.what == kind::in; });
            s.add_one();
            s.add_one();
            BOOST_TEST(s.get(1s).value() == 2);
            BOOST_TEST(failing == 1);
            BOOST_TEST(other == 2);
            BOOST_TEST(lifetime::alive == 0);
            BOOST_TEST(s.process.alive());
            sys::no_debug(s.process);
        });
    });
}

BOOST_AUTO_TEST_CASE(a_debug_function_sees_the_state_before_and_after_a_handler) {
    in_simulation([] {
        const auto c = start<counter>();
        std::vector<int> seen;
        sys::install(c, [&seen](const sys::event&, const counter& k) { seen.push_back(k.n); });
        c.cast(add{3});
        (void)sys::get_status(c);
        BOOST_TEST(seen == (std::vector<int>{0, 3}), boost::test_tools::per_element());

        const auto d = start<gen_statem<door>>();
        std::vector<std::size_t> states;
        sys::install(d, [&states](const sys::event&, const door::states& s, const door&) {
            states.push_back(s.index());
        });
        d.cast(add{1});
        (void)sys::get_status(d);
        BOOST_TEST(states == (std::vector<std::size_t>{0, 1}), boost::test_tools::per_element());

        const server_ref<counter> other{d.process()};
        BOOST_CHECK(code_of(sys::try_install(other, [](const sys::event&, const counter&) {})) ==
                    errc::bad_name_type);
    });
}

// SYS-004.
BOOST_AUTO_TEST_CASE(a_debug_function_is_removed_by_its_reference) {
    in_simulation([] {
        const auto c = start<counter>();
        int first = 0, second = 0;
        const auto one = sys::install(c, [&first](const sys::event&) { ++first; });
        const auto two = sys::install(c, [&second](const sys::event&) { ++second; });
        c.cast(add{1});
        sys::remove(one);
        sys::remove(one); // once more is no error
        c.cast(add{1});
        sys::remove(two);
        c.cast(add{1});
        BOOST_TEST(c.call(total{}) == 3);
        BOOST_TEST(first == 2);
        BOOST_TEST(second == 4);
        c.stop();
        BOOST_CHECK(code_of(sys::try_remove(one)) == errc::noproc);
    });
}

BOOST_AUTO_TEST_CASE(no_debug_ends_all_of_it) {
    in_simulation([] {
        each_behaviour([](const subject& s) {
            int told = 0;
            sys::statistics(s.process, true);
            sys::log(s.process, 5);
            sys::trace(s.process, [&told](std::string_view) { ++told; });
            sys::install(s.process, [&told, life = lifetime{}](const sys::event&) { ++told; });
            sys::no_debug(s.process);
            BOOST_TEST(lifetime::alive == 0);
            s.add_one();
            BOOST_TEST(s.get(1s).value() == 1);
            BOOST_TEST(told == 0);
            BOOST_TEST(!sys::get_statistics(s.process).has_value());
            BOOST_TEST(sys::get_log(s.process).empty());
            BOOST_TEST(!sys::get_status(s.process).traced);
        });
    });
}

BOOST_AUTO_TEST_CASE(what_is_parked_while_suspended_is_told_when_it_is_handled) {
    in_simulation([] {
        each_behaviour([](const subject& s) {
            sys::suspend(s.process);
            sys::log(s.process, 5);
            s.add_one();
            BOOST_TEST(sys::get_log(s.process).empty());
            sys::resume(s.process);
            BOOST_TEST(s.get(1s).value() == 1);
            BOOST_TEST(short_texts(sys::get_log(s.process)).front().starts_with("in "));
        });
    });
}

BOOST_AUTO_TEST_CASE(debug_functions_end_with_their_server) {
    in_simulation([] {
        each_behaviour([](const subject& s) {
            sys::install(s.process, [life = lifetime{}](const sys::event&) {});
            const auto watch = this_process::monitor(s.process);
            s.process.exit(exit_reason::kill);
            BOOST_CHECK(this_process::receive<down>().ref == watch);
            BOOST_TEST(lifetime::alive == 0);
        });
    });
}

BOOST_AUTO_TEST_CASE(a_kill_while_a_debug_function_waits_answers_the_caller) {
    in_simulation([] {
        const auto c = start<counter>();
        sys::install(c, [](const sys::event&) { this_process::sleep(1h); });
        spawn([c] {
            this_process::sleep(10ms);
            c.process().exit(exit_reason::kill);
        });
        BOOST_CHECK(code_of(c.try_call(total{}, infinity)) == errc::exited);
        BOOST_TEST(!c.process().alive());
    });
}

BOOST_AUTO_TEST_SUITE_END()
