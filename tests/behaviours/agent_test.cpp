// SPDX-License-Identifier: BSL-1.0
#include "in_simulation.hpp"
#include <boost/test/unit_test.hpp>
#include <coppice/agent.hpp>
#include <memory>
#include <vector>

using namespace coppice;
using namespace std::chrono_literals;

namespace {

struct settings {
    std::string host = "localhost";
    int port = 8080;
};
using settings_agent = agent<settings>;
inline constexpr server_name<settings_agent> the_settings{"settings"};

} // namespace

BOOST_AUTO_TEST_SUITE(agent_suite)

BOOST_AUTO_TEST_CASE(functions_run_on_the_state_in_the_order_in_which_they_arrive) {
    in_simulation([] {
        using numbers = agent<std::vector<int>>;
        const auto a = start<numbers>(std::vector<int>{1});
        numbers::cast(a, [](std::vector<int>& v) {
            this_process::sleep(10ms);
            v.push_back(2);
        });
        numbers::update(a, [](std::vector<int>& v) { v.push_back(3); });
        BOOST_TEST(numbers::get(a, [](const std::vector<int>& v) { return v; }) ==
                       (std::vector<int>{1, 2, 3}),
                   boost::test_tools::per_element());
        BOOST_TEST(
            numbers::get_and_update(a, [](auto& v) { return std::exchange(v, {}).size(); }) == 3U);
    });
}

BOOST_AUTO_TEST_CASE(an_agent_has_a_name_and_stops_as_a_server) {
    in_simulation([] {
        start<settings_agent>({.name = the_settings}, settings{.port = 1});
        settings_agent::update(the_settings, [](settings& s) { s.port = 80; });
        BOOST_TEST(settings_agent::get(the_settings, [](const settings& s) { return s.port; }) ==
                   80);
        the_settings.stop();
        const auto r =
            settings_agent::try_get(the_settings, [](const settings& s) { return s.port; });
        BOOST_CHECK(r.error().code == errc::noproc);
        BOOST_CHECK(!settings_agent::try_update(the_settings, [](settings&) {}));
        settings_agent::cast(the_settings, [](settings&) {}); // without an agent it is dropped
    });
}

BOOST_AUTO_TEST_CASE(a_function_makes_the_state_in_the_agents_process) {
    in_simulation([] {
        const pid me = this_process::self();
        const auto a = start<settings_agent>([me] {
            BOOST_CHECK(this_process::self() != me);
            return settings{.host = "far", .port = 1};
        });
        BOOST_TEST(settings_agent::get(a, [](const settings& s) { return s.host; }) == "far");
        const auto failed =
            try_start<settings_agent>([]() -> settings { throw std::runtime_error{"no file"}; });
        BOOST_CHECK(failed.error().code == errc::start_failed);
        BOOST_TEST(failed.error().reason.crash()->what == "no file");
    });
}

BOOST_AUTO_TEST_CASE(a_function_that_throws_ends_the_agent_and_fails_its_caller) {
    in_simulation([] {
        const auto a = start<settings_agent>();
        const auto r = settings_agent::try_get(
            a, [](const settings&) -> int { throw std::runtime_error{"bad"}; });
        BOOST_CHECK(r.error().code == errc::exited);
        BOOST_TEST(r.error().reason.crash()->what == "bad");
        this_process::sleep(1ms);
        BOOST_TEST(!a.process().alive());
        // Elixir: an exit `normal` in a function fails the caller with `normal`.
        const auto b = start<settings_agent>();
        const auto n = settings_agent::try_update(
            b, [](settings&) { this_process::exit(exit_reason::normal); });
        BOOST_CHECK(n.error().reason == exit_reason::normal);
    });
}

BOOST_AUTO_TEST_CASE(a_timeout_fails_the_caller_and_the_function_runs) {
    in_simulation([] {
        const auto a = start<settings_agent>();
        const auto r = settings_agent::try_get_and_update(
            a,
            [](settings& s) {
                this_process::sleep(1s);
                return s.port = 7;
            },
            10ms);
        BOOST_CHECK(r.error().code == errc::timeout);
        BOOST_TEST(settings_agent::get(a, [](const settings& s) { return s.port; }) == 7);
    });
}

BOOST_AUTO_TEST_CASE(what_a_function_captures_moves_into_the_agent) {
    in_simulation([] {
        using holder = agent<std::unique_ptr<int>>;
        const auto a = start<holder>(std::make_unique<int>(1));
        holder::update(a, [n = std::make_unique<int>(5)](std::unique_ptr<int>& p) mutable {
            p = std::move(n);
        });
        BOOST_TEST(
            *holder::get_and_update(a, [](std::unique_ptr<int>& p) { return std::move(p); }) == 5);
    });
}

BOOST_AUTO_TEST_SUITE_END()
