// SPDX-License-Identifier: BSL-1.0
#include "plan.hpp"

#include <boost/test/unit_test.hpp>
#include <ostream>

namespace coppice::detail {
std::ostream& operator<<(std::ostream& out, const step& s) {
    static constexpr const char* words[] = {"stop ", "forget ", "start "};
    return out << words[static_cast<int>(s.what)] << s.child;
}
std::ostream& operator<<(std::ostream& out, after_exit a) {
    static constexpr const char* words[] = {"restart", "keep", "forget"};
    return out << words[static_cast<int>(a)];
}
} // namespace coppice::detail

using namespace coppice;
using namespace coppice::detail;

namespace {

const exit_reason boom{"boom"};
const exit_reason maintenance = exit_reason::tagged("shutdown", exit_reason{"maintenance"});

constexpr child_view live{};
constexpr child_view dead{.status = child_status::stopped};
constexpr child_view retried{.status = child_status::restarting};
constexpr child_view temp{.restart = temporary};

step stop(std::size_t i) { return {step::kind::stop, i}; }
step forget(std::size_t i) { return {step::kind::forget, i}; }
step start(std::size_t i) { return {step::kind::start, i}; }

void check_plan(const std::vector<step>& got, const std::vector<step>& expected) {
    BOOST_TEST(got == expected, boost::test_tools::per_element());
}

} // namespace

BOOST_AUTO_TEST_SUITE(plan_suite)

// OTP supervisor, "Restart": the table of restart types and reasons.
BOOST_AUTO_TEST_CASE(an_end_is_restarted_kept_or_forgotten_by_restart_type_and_reason) {
    const struct {
        restart_type type;
        exit_reason why;
        after_exit expected;
        bool reported;
    } table[] = {
        {permanent, exit_reason::normal, after_exit::restart, true},
        {permanent, exit_reason::shutdown, after_exit::restart, true},
        {permanent, maintenance, after_exit::restart, true},
        {permanent, boom, after_exit::restart, true},
        {permanent, exit_reason::killed, after_exit::restart, true},
        {transient, exit_reason::normal, after_exit::keep, false},
        {transient, exit_reason::shutdown, after_exit::keep, false},
        {transient, maintenance, after_exit::keep, false},
        {transient, boom, after_exit::restart, true},
        {transient, exit_reason::killed, after_exit::restart, true},
        {transient, exit_reason::noproc, after_exit::restart, true},
        {temporary, exit_reason::normal, after_exit::forget, false},
        {temporary, exit_reason::shutdown, after_exit::forget, false},
        {temporary, maintenance, after_exit::forget, false},
        {temporary, boom, after_exit::forget, true},
        {temporary, exit_reason::killed, after_exit::forget, true},
    };
    for (const auto& row : table)
        BOOST_TEST_CONTEXT(to_string(row.type) << " " << row.why.text()) {
            BOOST_TEST(decide_exit(row.type, row.why) == row.expected);
            BOOST_TEST(is_reported(row.type, row.why) == row.reported);
        }
}

BOOST_AUTO_TEST_CASE(one_for_one_starts_the_dead_child_alone) {
    const child_view children[] = {live, dead, live, temp};
    check_plan(plan_restart(one_for_one, children, 1), {start(1)});
}

BOOST_AUTO_TEST_CASE(one_for_all_stops_the_others_newest_first_and_starts_all_oldest_first) {
    const child_view children[] = {live, dead, live};
    check_plan(plan_restart(one_for_all, children, 1),
               {stop(2), stop(0), start(0), start(1), start(2)});
}

BOOST_AUTO_TEST_CASE(rest_for_one_leaves_the_children_before_the_dead_one_alone) {
    const child_view children[] = {live, dead, live, live};
    check_plan(plan_restart(rest_for_one, children, 1),
               {stop(3), stop(2), start(1), start(2), start(3)});
}

// tests/conformance: a temporary sibling is stopped and its spec deleted.
BOOST_AUTO_TEST_CASE(a_group_restart_forgets_temporary_siblings) {
    const child_view children[] = {temp, dead, temp};
    check_plan(plan_restart(one_for_all, children, 1),
               {stop(2), forget(2), stop(0), forget(0), start(1)});
    check_plan(plan_restart(rest_for_one, children, 1), {stop(2), forget(2), start(1)});
}

// tests/conformance: a group restart also starts children that terminate_child has stopped.
BOOST_AUTO_TEST_CASE(a_group_restart_starts_stopped_siblings_too) {
    const child_view children[] = {dead, retried, dead, live};
    check_plan(plan_restart(rest_for_one, children, 1), {stop(3), start(1), start(2), start(3)});
    check_plan(plan_restart(one_for_all, children, 1),
               {stop(3), start(0), start(1), start(2), start(3)});
}

// OTP: a group restart replaces the attempts to restart its members one by one.
BOOST_AUTO_TEST_CASE(a_group_restart_ends_the_attempts_for_its_siblings) {
    const child_view children[] = {retried, dead, retried};
    check_plan(plan_restart(rest_for_one, children, 1), {stop(2), start(1), start(2)});
    check_plan(plan_restart(one_for_all, children, 1),
               {stop(2), stop(0), start(0), start(1), start(2)});
}

BOOST_AUTO_TEST_CASE(shutdown_stops_running_children_one_by_one_newest_first) {
    const child_view children[] = {live, dead, temp, retried, live};
    const auto groups = plan_shutdown(rest_for_one, children);
    BOOST_REQUIRE(groups.size() == 3U);
    BOOST_TEST(groups[0] == std::vector<std::size_t>{4}, boost::test_tools::per_element());
    BOOST_TEST(groups[1] == std::vector<std::size_t>{2}, boost::test_tools::per_element());
    BOOST_TEST(groups[2] == std::vector<std::size_t>{0}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(shutdown_of_simple_one_for_one_tells_all_at_once) {
    const child_view children[] = {live, retried, live};
    const auto groups = plan_shutdown(simple_one_for_one, children);
    BOOST_REQUIRE(groups.size() == 1U);
    BOOST_TEST(groups[0] == (std::vector<std::size_t>{0, 2}), boost::test_tools::per_element());
    BOOST_TEST(plan_shutdown(simple_one_for_one, {}).empty());
}

// OTP supervisor, "Automatic Shutdown".
BOOST_AUTO_TEST_CASE(only_significant_ends_shut_down_and_only_if_asked_for) {
    const child_view other[] = {{.status = child_status::running, .significant = true}};
    BOOST_TEST(!decide_auto_shutdown(auto_shutdown::never, true, {}));
    BOOST_TEST(!decide_auto_shutdown(auto_shutdown::any_significant, false, {}));
    BOOST_TEST(!decide_auto_shutdown(auto_shutdown::all_significant, false, {}));
    BOOST_TEST(decide_auto_shutdown(auto_shutdown::any_significant, true, other));
}

BOOST_AUTO_TEST_CASE(all_significant_waits_for_the_last_living_or_restarting_one) {
    const auto when = auto_shutdown::all_significant;
    const child_view running[] = {{.status = child_status::running, .significant = true}};
    const child_view restarting[] = {{.status = child_status::restarting, .significant = true}};
    const child_view stopped[] = {{.status = child_status::stopped, .significant = true}};
    const child_view plain[] = {live};
    BOOST_TEST(!decide_auto_shutdown(when, true, running));
    BOOST_TEST(!decide_auto_shutdown(when, true, restarting));
    BOOST_TEST(decide_auto_shutdown(when, true, stopped));
    BOOST_TEST(decide_auto_shutdown(when, true, plain));
}

BOOST_AUTO_TEST_CASE(a_child_that_ended_as_told_is_not_reported) {
    BOOST_TEST(stopped_as_told(permanent, false, exit_reason::shutdown));
    BOOST_TEST(stopped_as_told(permanent, true, exit_reason::killed));
    BOOST_TEST(!stopped_as_told(permanent, false, exit_reason::killed));
    BOOST_TEST(!stopped_as_told(permanent, false, exit_reason::normal));
    BOOST_TEST(!stopped_as_told(permanent, true, exit_reason::shutdown));
    BOOST_TEST(stopped_as_told(transient, false, exit_reason::normal));
    BOOST_TEST(stopped_as_told(temporary, true, maintenance));
    BOOST_TEST(!stopped_as_told(temporary, false, boom));
}

BOOST_AUTO_TEST_SUITE_END()
