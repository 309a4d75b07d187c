// SPDX-License-Identifier: BSL-1.0
#include "lifecycle/next_step.hpp"
#include <boost/test/unit_test.hpp>
#include <utility>

// What a server does between two messages, for all that its handlers may have asked for at once.

using namespace coppice::detail;

namespace {

constexpr std::uint32_t all_flags =
    after_flag::stop | after_flag::idle_timeout | after_flag::continues | after_flag::hibernate |
    after_flag::idle_pending | after_flag::deferred | after_flag::bounded_mail;

/// Highest rank first.
constexpr std::pair<std::uint32_t, next_step> ranks[]{
    {after_flag::stop, next_step::stop},
    {after_flag::continues, next_step::run_continue},
    {after_flag::idle_timeout, next_step::idle_timeout}};

next_step expected(std::uint32_t asked_for) {
    for (const auto& [flag, step] : ranks)
        if (asked_for & flag)
            return step;
    return next_step::nothing;
}

} // namespace

BOOST_AUTO_TEST_SUITE(next_step_suite)

BOOST_AUTO_TEST_CASE(a_stop_comes_first_then_a_continue_then_the_idle_timeout) {
    for (std::uint32_t asked_for = 0; asked_for <= all_flags; ++asked_for)
        BOOST_TEST((step_after(asked_for) == expected(asked_for)), "asked for " << asked_for);
}

BOOST_AUTO_TEST_CASE(a_step_is_seen_before_the_next_message_and_nothing_else_but_hibernate) {
    for (std::uint32_t asked_for = 0; asked_for <= all_flags; ++asked_for)
        BOOST_TEST(comes_before_mail(asked_for) == (step_after(asked_for) != next_step::nothing ||
                                                    (asked_for & after_flag::hibernate) != 0),
                   "asked for " << asked_for);
}

BOOST_AUTO_TEST_SUITE_END()
