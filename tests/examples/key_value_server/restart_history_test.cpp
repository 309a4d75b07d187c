// SPDX-License-Identifier: BSL-1.0
#include "restart_history.hpp"
#include <boost/test/unit_test.hpp>
#include <coppice.hpp>
#include <coppice/testing.hpp>

using namespace coppice;
using namespace std::chrono_literals;

namespace {

/// Turns the log off: subscribers get the reports all the same.
struct in_silence {
    severity before = log::level();
    in_silence() { log::set_level(severity::off); }
    ~in_silence() { log::set_level(before); }
};

child_of<task<>> client(std::function<void()> body) {
    return child<task<>>("connection", std::move(body)).restart(temporary);
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(restart_history_suite, in_silence)

// No process reports the orderly exit of a temporary child.
BOOST_AUTO_TEST_CASE(nothing_is_kept_of_clients_that_are_gone) {
    testing::simulation sim{1};
    key_value::restart_history past;
    sim.run([&] {
        const auto sup = start<dynamic_supervisor>();
        std::vector<pid> gone;
        for (int i = 0; i < 5'000; ++i) {
            gone.push_back(dynamic_supervisor::start_child(sup, client([] {})));
            this_process::sleep(1ms);
        }
        for (const pid p : gone)
            BOOST_REQUIRE(!past.started(p));
        BOOST_TEST(past.of("connection").starts == 5'000U);
        BOOST_TEST(past.remembered() <= 64U);
    });
}

BOOST_AUTO_TEST_CASE(entries_of_running_processes_are_right_and_at_most_twice_their_number) {
    testing::simulation sim{1};
    key_value::restart_history past;
    sim.run([&] {
        const auto sup = start<dynamic_supervisor>();
        const auto stay = [] { this_process::sleep(infinity); };
        std::vector<pid> living;
        for (int i = 0; i < 300; ++i) {
            living.push_back(dynamic_supervisor::start_child(sup, client(stay)));
            dynamic_supervisor::start_child(sup, client([] {}));
            this_process::sleep(1ms);
            for (const pid p : living)
                BOOST_REQUIRE(past.started(p));
            BOOST_REQUIRE(past.remembered() <= std::max<std::size_t>(64, 2 * living.size()));
        }
    });
}

BOOST_AUTO_TEST_CASE(starts_that_fail_are_counted_until_one_succeeds) {
    testing::simulation sim{1};
    key_value::restart_history past;
    int failures = 3;
    sim.run([&] {
        const auto start_it = [&]() -> start_result {
            if (failures > 0 && past.of("it").starts > 0) {
                --failures;
                throw std::runtime_error{std::string(1'000, 'x')};
            }
            return spawn_link([] { this_process::sleep(infinity); });
        };
        const auto sup = start<supervisor>(supervisor_flags{.intensity = 100},
                                           std::vector{child_spec{.id = "it", .start = start_it}});
        BOOST_TEST(past.of("it").failed_starts == 0U);
        supervisor::try_which_children(sup)->front().process.exit(exit_reason{"fall"});
        this_process::sleep(1s);
        BOOST_TEST(past.of("it").starts == 2U);
        BOOST_TEST(past.of("it").failed_starts == 0U);
        BOOST_TEST(past.of("it").last_failure.size() < 400U);
        BOOST_TEST(past.of("it").last_end == "fall");
    });
}

BOOST_AUTO_TEST_SUITE_END()
