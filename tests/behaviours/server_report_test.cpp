// SPDX-License-Identifier: BSL-1.0
#include "in_simulation.hpp"
#include "recorded_events.hpp"
#include <boost/test/unit_test.hpp>
#include <coppice/gen_server.hpp>
#include <coppice/report.hpp>

using namespace coppice;
using namespace std::chrono_literals;

namespace {

struct put {
    int value;
};
struct fail {
    using reply = int;
};
struct foreign {};

class drawer {
public:
    void handle_cast(put p) { value_ = p.value; }
    int handle_call(fail) { throw std::logic_error{"it is stuck"}; }
    std::string format_status() const { return "value " + std::to_string(value_); }

private:
    int value_ = 0;
};

class secretive : public drawer {
public:
    std::string format_status() const { throw std::runtime_error{"not telling"}; }
};

struct ask {
    using reply = int;
};

class keeps_its_state {
public:
    static constexpr bool keep_state_on_error = true;
    void handle_cast(put) { throw std::runtime_error{"too heavy"}; }
    int handle_call(ask) { return 3; }
};

struct leave {
    exit_reason why;
    bool at_once;
};

class leaves {
public:
    void handle_cast(leave l) {
        if (l.at_once)
            this_process::exit(l.why);
        this_process::stop(l.why);
    }
};

inline constexpr server_name<drawer> the_drawer{"the_drawer"};

} // namespace

BOOST_AUTO_TEST_SUITE(server_report_suite)

BOOST_AUTO_TEST_CASE(a_crash_tells_what_was_handled_and_the_state) {
    in_simulation([] {
        recorded_events<process_crashed> reports;
        const auto r = start<drawer>({.name = the_drawer});
        r.cast(put{7});
        BOOST_TEST(!r.try_call(fail{}).has_value());
        this_process::sleep(1ms);
        BOOST_REQUIRE(reports.all.size() == 1U);
        const process_crashed& c = reports.all[0];
        BOOST_TEST((c.process == r.process()));
        BOOST_TEST(c.name == "the_drawer");
        BOOST_TEST(c.type.find("drawer") != std::string::npos);
        BOOST_TEST(c.handling.find("fail") != std::string::npos);
        BOOST_TEST(c.state == "value 7");
        BOOST_TEST(c.reason.text() == "std::logic_error: it is stuck");
    });
}

// GSV-020.
BOOST_AUTO_TEST_CASE(an_orderly_end_is_no_crash) {
    in_simulation([] {
        recorded_events<process_crashed> reports;
        for (const exit_reason& why : {exit_reason::normal, exit_reason::shutdown,
                                       exit_reason::tagged("shutdown", exit_reason{"upgrade"})})
            for (const bool at_once : {false, true}) {
                const auto s = start<leaves>();
                std::ignore = this_process::monitor(s);
                s.cast(leave{why, at_once});
                BOOST_TEST((this_process::receive<down>().reason == why));
            }
        BOOST_TEST(reports.all.empty());
        const auto s = start<leaves>();
        s.cast(leave{exit_reason{"enough"}, false});
        this_process::sleep(1ms);
        BOOST_TEST(reports.all.size() == 1U);
    });
}

BOOST_AUTO_TEST_CASE(a_state_that_cannot_be_shown_hides_nothing_else) {
    in_simulation([] {
        recorded_events<process_crashed> reports;
        const auto r = start<secretive>();
        BOOST_TEST(!r.try_call(fail{}).has_value());
        this_process::sleep(1ms);
        BOOST_REQUIRE(reports.all.size() == 1U);
        BOOST_TEST(reports.all[0].state == "");
        BOOST_TEST(reports.all[0].reason.text() == "std::logic_error: it is stuck");
    });
}

BOOST_AUTO_TEST_CASE(a_failed_handler_without_a_caller_is_reported) {
    in_simulation([] {
        recorded_events<handler_failed> told;
        const auto s = start<keeps_its_state>();
        s.cast(put{7});
        BOOST_TEST(s.call(ask{}) == 3);
        BOOST_REQUIRE(told.all.size() == 1U);
        BOOST_TEST(told.all[0].handling.find("put") != std::string::npos);
        BOOST_TEST(told.all[0].reason.text() == "std::runtime_error: too heavy");
    });
}

BOOST_AUTO_TEST_CASE(a_message_without_a_handler_is_told_by_its_type) {
    in_simulation([] {
        recorded_events<unexpected_message> told;
        const auto r = start<drawer>();
        r.process().send(foreign{});
        this_process::sleep(1ms);
        BOOST_REQUIRE(told.all.size() == 1U);
        BOOST_TEST((told.all[0].process == r.process()));
        BOOST_TEST(told.all[0].message.find("foreign") != std::string::npos);
        BOOST_TEST(r.process().alive());
    });
}

BOOST_AUTO_TEST_SUITE_END()
