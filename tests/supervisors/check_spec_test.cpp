// SPDX-License-Identifier: BSL-1.0
#include <boost/test/unit_test.hpp>
#include <coppice/check_spec.hpp>

using namespace coppice;
using namespace std::chrono_literals;
using std::int64_t;

namespace {

start_result nothing() { return start_result::ignored(); }

unchecked_child_spec words() { return {.id = "a", .start = nothing}; }

spec_value word(std::string s) { return s; }
spec_value number(int64_t n) { return n; }

// The reason of a refusal as text; empty when the spec was accepted.
template <class R>
std::string refusal(const R& r) {
    if (r)
        return {};
    BOOST_TEST((r.error().code == errc::bad_spec));
    BOOST_TEST(!r.error().detail.empty()); // the message says what to do
    return r.error().reason.text();
}

std::string refused(const unchecked_child_spec& s, auto_shutdown when = auto_shutdown::never) {
    return refusal(check_child_spec(s, when));
}

} // namespace

BOOST_AUTO_TEST_SUITE(check_spec_suite)

// OTP supervisor, "child specification": defaults.
BOOST_AUTO_TEST_CASE(a_field_that_is_left_out_has_otps_default) {
    const auto worker = check_child_spec(words(), auto_shutdown::never);
    BOOST_REQUIRE(worker.has_value());
    BOOST_TEST((worker->restart == permanent));
    BOOST_TEST((worker->type == child_type::worker));
    BOOST_TEST((worker->shutdown == shutdown_policy{5s}));
    BOOST_TEST(!worker->significant);

    auto w = words();
    w.type = word("supervisor");
    const auto supervisor = check_child_spec(w, auto_shutdown::never);
    BOOST_REQUIRE(supervisor.has_value());
    BOOST_TEST((supervisor->shutdown == shutdown_policy{infinity}));

    const auto flags = check_supervisor_flags(unchecked_supervisor_flags{});
    BOOST_REQUIRE(flags.has_value());
    BOOST_TEST((flags->strategy == one_for_one));
    BOOST_TEST(flags->intensity == 1U);
    BOOST_TEST((flags->period == 5s));
    BOOST_TEST((flags->auto_shutdown == auto_shutdown::never));
}

BOOST_AUTO_TEST_CASE(each_wrong_field_of_a_child_spec_has_its_own_error) {
    auto s = words();
    s.id.reset();
    BOOST_TEST(refused(s) == "missing_id");
    s = words();
    s.start = {};
    BOOST_TEST(refused(s) == "missing_start");
    s = words();
    s.restart = word("sometimes");
    BOOST_TEST(refused(s) == "{invalid_restart_type, sometimes}");
    s = words();
    s.shutdown = number(-1);
    BOOST_TEST(refused(s) == "{invalid_shutdown, -1}");
    s = words();
    s.shutdown = word("soon");
    BOOST_TEST(refused(s) == "{invalid_shutdown, soon}");
    s = words();
    s.type = word("thing");
    BOOST_TEST(refused(s) == "{invalid_child_type, thing}");
    s = words();
    s.significant = word("very");
    BOOST_TEST(refused(s) == "{invalid_significant, very}");
}

// OTP supervisor: a significant child needs auto_shutdown, and must not be permanent.
BOOST_AUTO_TEST_CASE(a_significant_child_must_be_able_to_end_and_to_matter) {
    auto s = words();
    s.significant = true;
    BOOST_TEST(refused(s) == "{bad_combination, [auto_shutdown, significant]}");
    BOOST_TEST(refused(s, auto_shutdown::any_significant) ==
               "{bad_combination, [restart, significant]}");
    s.restart = word("transient");
    BOOST_TEST(refused(s) == "{bad_combination, [auto_shutdown, significant]}");
    BOOST_TEST(refused(s, auto_shutdown::all_significant).empty());
}

BOOST_AUTO_TEST_CASE(the_first_wrong_field_in_otps_order_is_named) {
    unchecked_child_spec s{.id = "a", .start = nothing};
    s.shutdown = word("soon");
    s.type = word("thing");
    BOOST_TEST(refused(s) == "{invalid_child_type, thing}");
    s.restart = word("sometimes");
    BOOST_TEST(refused(s) == "{invalid_restart_type, sometimes}");
    s.start = {};
    BOOST_TEST(refused(s) == "missing_start");
}

BOOST_AUTO_TEST_CASE(each_wrong_flag_has_its_own_error) {
    BOOST_TEST(refusal(check_supervisor_flags({.strategy = word("some_for_all")})) ==
               "{invalid_strategy, some_for_all}");
    BOOST_TEST(refusal(check_supervisor_flags({.intensity = number(-1)})) ==
               "{invalid_intensity, -1}");
    BOOST_TEST(refusal(check_supervisor_flags({.intensity = word("lots")})) ==
               "{invalid_intensity, lots}");
    BOOST_TEST(refusal(check_supervisor_flags({.period = number(0)})) == "{invalid_period, 0}");
    BOOST_TEST(refusal(check_supervisor_flags({.auto_shutdown = word("always")})) ==
               "{invalid_auto_shutdown, always}");
}

BOOST_AUTO_TEST_CASE(flags_given_as_values_are_checked_too) {
    BOOST_TEST(refusal(check_supervisor_flags(supervisor_flags{.period = 0s})) ==
               "{invalid_period, 0 ms}");
    BOOST_TEST(refusal(check_supervisor_flags(supervisor_flags{
                   .backoff = {.min = 2s, .max = 1s}})) == "{invalid_backoff, 2000 ms to 1000 ms}");
    BOOST_TEST(refusal(check_supervisor_flags(supervisor_flags{.backoff = {.jitter = 2}})) ==
               "{invalid_jitter, 2}");
    BOOST_TEST(refusal(check_supervisor_flags(supervisor_flags{})).empty());
}

BOOST_AUTO_TEST_CASE(specs_given_as_values_are_checked_too) {
    child_spec s{.id = "a", .start = nothing, .shutdown = -1ms};
    BOOST_TEST(refusal(check_child_spec(s, auto_shutdown::never)) == "{invalid_shutdown, -1 ms}");
    s.shutdown = {};
    s.id.clear();
    BOOST_TEST(refusal(check_child_spec(s, auto_shutdown::never)) == "missing_id");
    s.id = "a";
    s.start = {};
    BOOST_TEST(refusal(check_child_spec(s, auto_shutdown::never)) == "missing_start");
}

BOOST_AUTO_TEST_CASE(an_id_stands_once_and_faults_are_found_in_list_order) {
    const unchecked_child_spec twice[] = {words(), {.id = "b", .start = nothing}, words()};
    BOOST_TEST(refusal(check_child_specs(twice)) == "{duplicate_child_name, a}");
    auto bad = words();
    bad.restart = word("sometimes");
    const unchecked_child_spec list[] = {words(), words(), bad};
    BOOST_TEST(refusal(check_child_specs(list)) == "{duplicate_child_name, a}");
}

BOOST_AUTO_TEST_CASE(a_supervisors_faults_say_whether_flags_or_children_are_wrong) {
    const unchecked_child_spec twice[] = {words(), words()};
    BOOST_TEST(refusal(check_supervisor({.intensity = number(-1)}, twice)) ==
               "{supervisor_data, {invalid_intensity, -1}}");
    BOOST_TEST(refusal(check_supervisor({}, twice)) == "{start_spec, {duplicate_child_name, a}}");
    BOOST_TEST(refusal(check_supervisor({.strategy = word("simple_one_for_one")}, twice)) ==
               "{bad_start_spec, 2}");
}

BOOST_AUTO_TEST_CASE(numbers_too_large_for_a_duration_mean_for_ever) {
    auto s = words();
    s.shutdown = number(std::numeric_limits<int64_t>::max());
    const auto spec = check_child_spec(s, auto_shutdown::never);
    BOOST_REQUIRE(spec.has_value());
    BOOST_TEST((spec->shutdown.time() > 24h * 365 * 200));
    const auto flags =
        check_supervisor_flags({.intensity = number(std::numeric_limits<int64_t>::max()),
                                .period = number(std::numeric_limits<int64_t>::max())});
    BOOST_REQUIRE(flags.has_value());
    BOOST_TEST(flags->intensity == std::numeric_limits<unsigned>::max());
    BOOST_TEST((flags->period > 24h * 365 * 200));
}

BOOST_AUTO_TEST_SUITE_END()
