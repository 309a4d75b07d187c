// SPDX-License-Identifier: BSL-1.0
#include "recorded_events.hpp"
#include "tree_fixture.hpp"
#include <coppice/partition_supervisor.hpp>

using namespace tree_fixture;

namespace {

using children = std::vector<child_spec>;

child_spec branch(const std::string& id, const supervisor_flags& flags, children below = {}) {
    return child<supervisor>(id, flags, std::move(below));
}

/// What is warned of when this tree starts: upper and lower supervisor.
lines warned_of(const supervisor_flags& flags, children below) {
    const recorded_events<intensities_multiply> seen;
    const auto top = try_start_link<supervisor>(flags, std::move(below));
    BOOST_REQUIRE(top);
    lines all;
    for (const auto& e : seen.all)
        all.push_back((e.name.empty() ? "top" : e.name) + " over " + e.child +
                      (e.more > 0 ? " and " + std::to_string(e.more) : ""));
    top->stop(exit_reason::shutdown);
    return all;
}

constexpr supervisor_flags ten{.intensity = 10};

void check(const lines& got, const lines& expected) {
    BOOST_TEST(got == expected, boost::test_tools::per_element());
}

} // namespace

BOOST_AUTO_TEST_SUITE(intensity_check_suite)

BOOST_AUTO_TEST_CASE(the_same_intensity_on_two_levels_is_warned_of) {
    play([] { check(warned_of(ten, {branch("a", ten)}), {"top over a"}); });
}

BOOST_AUTO_TEST_CASE(a_higher_one_above_is_warned_of_too) {
    play([] { check(warned_of({.intensity = 100}, {branch("a", ten)}), {"top over a"}); });
}

BOOST_AUTO_TEST_CASE(a_lower_one_or_a_longer_period_above_is_as_it_should_be) {
    play([] {
        check(warned_of({.intensity = 3}, {branch("a", ten)}), {});
        check(warned_of({.intensity = 10, .period = 1min}, {branch("a", ten)}), {});
    });
}

// OTP's and Elixir's defaults are meant for trees.
BOOST_AUTO_TEST_CASE(defaults_are_not_warned_of) {
    play([] {
        partitions<dynamic_supervisor> rooms{"rooms"};
        check(warned_of({}, {branch("a", {}, {branch("b", {})})}), {});
        check(warned_of(ten, {branch("a", {}), child<dynamic_supervisor>("d")}), {});
        check(warned_of({}, {child<partition_supervisor>(rooms, {.partitions = 2},
                                                         dynamic_supervisor_flags{})}),
              {});
    });
}

BOOST_AUTO_TEST_CASE(workers_are_not_warned_of) {
    play([] { check(warned_of(ten, {a_worker("w"), scripted("s", {start::ok})}), {}); });
}

BOOST_AUTO_TEST_CASE(can_be_switched_off_at_the_upper_one) {
    play([] {
        check(warned_of({.intensity = 10, .intensity_warning = false},
                        {branch("a", ten, {branch("b", ten)})}),
              {"a over b"});
    });
}

BOOST_AUTO_TEST_CASE(all_levels_and_kinds_are_looked_at_once) {
    play([] {
        partitions<dynamic_supervisor> rooms{"rooms"};
        check(warned_of(ten,
                        {branch("a", ten, {branch("b", ten)}), branch("c", ten),
                         child<dynamic_supervisor>("d", {.intensity = 10}),
                         child<partition_supervisor>(rooms, {.partitions = 2, .intensity = 20},
                                                     dynamic_supervisor_flags{.intensity = 20})}),
              {"a over b", "rooms over 0", "top over a and 2"});
    });
}

BOOST_AUTO_TEST_CASE(a_branch_that_is_restarted_is_not_warned_of_again) {
    play([] {
        const recorded_events<intensities_multiply> seen;
        const auto top = start_link<supervisor>(supervisor_flags{},
                                                children{branch("a", ten, {branch("b", ten)})});
        BOOST_TEST(seen.all.size() == 1U); // a over b
        pid_of(top, "a").exit(exit_reason::kill);
        settle();
        BOOST_TEST(info_of(top, "a").restarts == 1U);
        BOOST_TEST(seen.all.size() == 1U);
    });
}

BOOST_AUTO_TEST_CASE(start_child_is_looked_at_and_a_dynamic_supervisor_warns_once) {
    play([] {
        const recorded_events<intensities_multiply> seen;
        const auto top = start_link<supervisor>(ten, children{});
        supervisor::start_child(top, branch("a", ten));
        BOOST_TEST(seen.all.size() == 1U);
        const auto dynamic =
            start_link<dynamic_supervisor>(dynamic_supervisor_flags{.intensity = 10});
        dynamic_supervisor::start_child(dynamic, branch("b", ten));
        dynamic_supervisor::start_child(dynamic, branch("b", ten));
        BOOST_TEST(seen.all.size() == 2U);
    });
}

BOOST_AUTO_TEST_CASE(the_sentence_says_which_and_what_to_do) {
    const log::event e{std::in_place, intensities_multiply{.name = "shop",
                                                           .child = "stores",
                                                           .more = 2,
                                                           .intensity = 10,
                                                           .period = 5s,
                                                           .child_intensity = 10,
                                                           .child_period = 5s}};
    BOOST_TEST(e.describe().sentence() ==
               "shop allows 10 restarts in 5 s, and its child supervisor stores (and 2 more like "
               "it) 10 in 5 s: they multiply, to 120 restarts before shop gives up, or to restarts "
               "without end when the crashes come slower; give it a lower intensity or a longer "
               "period, or say .intensity_warning = false");
}

BOOST_AUTO_TEST_SUITE_END()
