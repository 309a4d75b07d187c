// SPDX-License-Identifier: BSL-1.0
// Properties of every plan, with random children and random exits.
#include "plan.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <optional>
#include <rapidcheck.h>

using namespace coppice;
using namespace coppice::detail;

namespace {

struct tree_case {
    std::vector<child_view> children;
    std::size_t died;
    restart_strategy how;
};

tree_case any_tree_case() {
    tree_case s;
    const auto count = *rc::gen::inRange<std::size_t>(1, 12);
    for (std::size_t i = 0; i < count; ++i)
        s.children.push_back(
            {.restart = *rc::gen::element(permanent, transient, temporary),
             .status = *rc::gen::element(child_status::stopped, child_status::running,
                                         child_status::restarting),
             .significant = *rc::gen::arbitrary<bool>()});
    // A temporary child is never between two attempts.
    for (auto& c : s.children)
        if (c.restart == temporary && c.status == child_status::restarting)
            c.status = child_status::running;
    s.died = *rc::gen::inRange<std::size_t>(0, count);
    auto& dead = s.children[s.died];
    dead.restart = *rc::gen::element(permanent, transient);
    dead.status = *rc::gen::element(child_status::stopped, child_status::restarting);
    s.how = *rc::gen::element(one_for_one, one_for_all, rest_for_one, simple_one_for_one);
    return s;
}

struct outcome {
    std::vector<std::optional<child_view>> children; // nullopt: forgotten
    std::size_t starts = 0;
    std::optional<std::size_t> failed; // the child whose start failed
};

// Carries a plan out on values, and checks that each step is allowed at its place. The start
// number `fails_at` fails.
outcome carry_out(const tree_case& s,
                  const std::vector<step>& plan,
                  std::size_t fails_at = static_cast<std::size_t>(-1)) {
    outcome o;
    o.children.assign(s.children.begin(), s.children.end());
    for (const step& now : plan) {
        auto& c = o.children.at(now.child);
        RC_ASSERT(c.has_value());
        switch (now.what) {
        case step::kind::stop:
            RC_ASSERT(c->status != child_status::stopped);
            c->status = child_status::stopped;
            break;
        case step::kind::forget:
            RC_ASSERT(c->restart == temporary);
            RC_ASSERT(c->status == child_status::stopped);
            c.reset();
            break;
        case step::kind::start:
            RC_ASSERT(c->status == child_status::stopped || now.child == s.died);
            if (o.starts++ == fails_at) {
                c->status = child_status::restarting;
                o.failed = now.child;
                return o;
            }
            c->status = child_status::running;
            break;
        }
    }
    return o;
}

std::pair<std::size_t, std::size_t> scope_of(const tree_case& s) {
    switch (s.how) {
    case one_for_one:
    case simple_one_for_one:
        return {s.died, s.died + 1};
    case one_for_all:
        return {0, s.children.size()};
    case rest_for_one:
        return {s.died, s.children.size()};
    }
    return {};
}

} // namespace

BOOST_AUTO_TEST_SUITE(plan_properties_suite)

BOOST_AUTO_TEST_CASE(stops_fall_starts_rise_and_no_start_comes_before_a_stop) {
    BOOST_TEST(rc::check([] {
        const tree_case s = any_tree_case();
        const auto plan = plan_restart(s.how, s.children, s.died);
        std::size_t lowest = s.children.size();
        std::optional<std::size_t> highest;
        for (const step& now : plan) {
            if (now.what == step::kind::start) {
                RC_ASSERT(!highest || now.child > *highest);
                highest = now.child;
            } else {
                RC_ASSERT(!highest);
                RC_ASSERT(now.child <= lowest);
                lowest = now.child;
            }
        }
    }));
}

BOOST_AUTO_TEST_CASE(a_plan_touches_its_strategys_scope_only_and_leaves_it_all_running) {
    BOOST_TEST(rc::check([] {
        const tree_case s = any_tree_case();
        const auto [first, last] = scope_of(s);
        const auto after = carry_out(s, plan_restart(s.how, s.children, s.died));
        for (std::size_t i = 0; i < s.children.size(); ++i) {
            const auto& c = after.children[i];
            if (i < first || i >= last)
                RC_ASSERT(c.has_value() && c->status == s.children[i].status);
            else if (s.children[i].restart == temporary)
                RC_ASSERT(!c.has_value());
            else
                RC_ASSERT(c.has_value() && c->status == child_status::running);
        }
    }));
}

// tests/conformance: a retry begins at the child that failed; rest_for_one leaves the children
// before it alone, one_for_all stops again the children that had just been restarted.
BOOST_AUTO_TEST_CASE(a_start_that_fails_and_is_tried_again_ends_with_all_running) {
    BOOST_TEST(rc::check([] {
        const tree_case s = any_tree_case();
        const auto plan = plan_restart(s.how, s.children, s.died);
        const auto starts =
            static_cast<std::size_t>(std::count_if(plan.begin(), plan.end(), [](const step& now) {
                return now.what == step::kind::start;
            }));
        const auto failed = carry_out(s, plan, *rc::gen::inRange<std::size_t>(0, starts));
        tree_case again{.children = {}, .died = 0, .how = s.how};
        for (std::size_t i = 0; i < failed.children.size(); ++i) {
            if (i == failed.failed)
                again.died = again.children.size();
            if (failed.children[i])
                again.children.push_back(*failed.children[i]);
        }
        const auto healed = carry_out(again, plan_restart(again.how, again.children, again.died));
        const auto [first, last] = scope_of(again);
        for (std::size_t i = first; i < last; ++i)
            if (again.children[i].restart != temporary)
                RC_ASSERT(healed.children[i]->status == child_status::running);
        if (s.how == rest_for_one)
            for (std::size_t i = 0; i < again.died; ++i)
                RC_ASSERT(healed.children[i]->status == again.children[i].status);
    }));
}

BOOST_AUTO_TEST_CASE(shutdown_names_each_living_child_exactly_once) {
    BOOST_TEST(rc::check([] {
        const tree_case s = any_tree_case();
        std::vector<std::size_t> told;
        for (const auto& group : plan_shutdown(s.how, s.children)) {
            RC_ASSERT(s.how == simple_one_for_one || group.size() == 1U);
            told.insert(told.end(), group.begin(), group.end());
        }
        if (s.how != simple_one_for_one)
            std::reverse(told.begin(), told.end());
        RC_ASSERT(std::is_sorted(told.begin(), told.end()));
        std::size_t living = 0;
        for (const auto& c : s.children)
            living += c.status == child_status::running;
        RC_ASSERT(told.size() == living);
        for (const std::size_t i : told)
            RC_ASSERT(s.children[i].status == child_status::running);
    }));
}

BOOST_AUTO_TEST_CASE(all_significant_is_never_sooner_than_any_significant) {
    BOOST_TEST(rc::check([] {
        const tree_case s = any_tree_case();
        const bool significant = *rc::gen::arbitrary<bool>();
        const bool all =
            decide_auto_shutdown(auto_shutdown::all_significant, significant, s.children);
        const bool any =
            decide_auto_shutdown(auto_shutdown::any_significant, significant, s.children);
        RC_ASSERT(!all || any);
        RC_ASSERT(!decide_auto_shutdown(auto_shutdown::never, significant, s.children));
    }));
}

BOOST_AUTO_TEST_SUITE_END()
