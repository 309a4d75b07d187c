// SPDX-License-Identifier: BSL-1.0
// simple_one_for_one: all children come from one template.
#include "tree_fixture.hpp"

using namespace tree_fixture;

namespace {

/// A template whose children are workers named by `start_child`.
child_of<worker> named_worker() {
    return child_template<worker, std::string, worker_options>("worker");
}

server_ref<supervisor> start_simple(child_spec the_template,
                                    unsigned intensity = 10,
                                    auto_shutdown when = auto_shutdown::never) {
    return start_link<supervisor>(supervisor_flags{.strategy = simple_one_for_one,
                                                   .intensity = intensity,
                                                   .period = 1h,
                                                   .auto_shutdown = when},
                                  std::vector<child_spec>{std::move(the_template)});
}

server_ref<worker> begin(const server_ref<supervisor>& s,
                         const std::string& name,
                         worker_options o = {}) {
    return supervisor::start_child<worker>(s, name, o);
}

template <class R>
std::string reason_of(const R& r) {
    return r ? "ok" : r.error().reason.text();
}

} // namespace

BOOST_AUTO_TEST_SUITE(simple_one_for_one_suite)

// SUP-067
BOOST_AUTO_TEST_CASE(starts_nothing_and_gives_each_child_its_own_arguments_at_every_start) {
    play([] {
        auto s = start_simple(named_worker());
        check_happened({});
        auto a = begin(s, "a");
        auto b = begin(s, "b");
        check_happened({"start a", "start b"});
        a.cast(end_with{boom});
        check_happened({"stop a boom", "start a"});
        BOOST_TEST(b.process().alive());
    });
}

// SUP-068, SUP-023
BOOST_AUTO_TEST_CASE(children_go_by_pid_and_nothing_goes_by_id) {
    play([] {
        auto s = start_simple(named_worker());
        auto a = begin(s, "a");
        BOOST_TEST(reason_of(supervisor::try_terminate_child(s, "a")) == "simple_one_for_one");
        BOOST_TEST(reason_of(supervisor::try_restart_child(s, "a")) == "simple_one_for_one");
        BOOST_TEST(reason_of(supervisor::try_delete_child(s, "a")) == "simple_one_for_one");
        BOOST_TEST(reason_of(supervisor::try_terminate_child(s, this_process::self())) ==
                   "not_found");
        BOOST_TEST((supervisor::get_childspec(s, a.process()).restart == permanent));
        BOOST_TEST(reason_of(supervisor::try_get_childspec(s, this_process::self())) ==
                   "not_found");
        BOOST_TEST(reason_of(supervisor::try_terminate_child(s, a.process())) == "ok");
        BOOST_TEST(reason_of(supervisor::try_terminate_child(s, a.process())) == "ok");
        BOOST_TEST(supervisor::which_children(s).empty());
    });
}

// SUP-069, SUP-071
BOOST_AUTO_TEST_CASE(a_start_that_refuses_or_fails_leaves_no_entry) {
    play([] {
        auto s = start_simple(scripted("w", {start::ignore, start::error, start::ok}));
        auto ignored = supervisor::try_start_child(s, start_args{});
        BOOST_REQUIRE(ignored.has_value());
        BOOST_TEST(!ignored->process);
        BOOST_TEST(reason_of(supervisor::try_start_child(s, start_args{})) == "nope");
        BOOST_TEST(supervisor::which_children(s).empty());
        BOOST_TEST(reason_of(supervisor::try_start_child(s, start_args{})) == "ok");
        BOOST_TEST(supervisor::which_children(s).size() == 1U);
    });
}

BOOST_AUTO_TEST_CASE(arguments_of_other_types_than_the_template_lists_are_refused) {
    play([] {
        auto s = start_simple(named_worker());
        auto wrong = supervisor::try_start_child(s, start_args::of(5));
        BOOST_REQUIRE(!wrong.has_value());
        BOOST_TEST((wrong.error().code == errc::bad_spec));
        BOOST_TEST(wrong.error().reason.text() == "invalid_start_args");
        BOOST_TEST(reason_of(supervisor::try_start_child(s, a_worker("a"))) ==
                   "invalid_child_spec");
    });
}

// tests/conformance, otp_bugs: newer OTP drops a child whose restart returns ignore.
BOOST_AUTO_TEST_CASE(a_restart_that_says_ignore_drops_the_child) {
    play([] {
        auto s = start_simple(scripted("w", {start::ok, start::ignore}));
        supervisor::start_child(s, start_args{}).process.exit(boom);
        settle();
        BOOST_TEST(supervisor::which_children(s).empty());
        BOOST_TEST(supervisor::count_children(s).active == 0U);
    });
}

// SUP-074
BOOST_AUTO_TEST_CASE(a_child_between_attempts_is_counted_but_not_active) {
    play([] {
        auto s = start_simple(scripted("w", {start::ok, start::error}), 1'000'000'000);
        const pid w = supervisor::start_child(s, start_args{}).process;
        w.exit(boom);
        while (supervisor::count_children(s).active != 0)
            this_process::yield();
        const auto n = supervisor::count_children(s);
        BOOST_TEST(n.specs == 1U);
        BOOST_TEST(n.workers == 1U);
        supervisor::terminate_child(s, w);
        BOOST_TEST(supervisor::count_children(s).workers == 0U);
    });
}

// SUP-072
BOOST_AUTO_TEST_CASE(all_children_are_told_at_once_and_late_ones_are_killed) {
    play([] {
        auto s = start_simple(named_worker().shutdown(3s));
        begin(s, "a", {.terminate_takes = 2s});
        begin(s, "b", {.terminate_takes = 1s});
        begin(s, "c", {.terminate_takes = 2s});
        const auto late = begin(s, "late", {.terminate_takes = 1h});
        happened();
        const auto then = this_process::now();
        s.process().exit(exit_reason::shutdown);
        BOOST_TEST(end_of(s.process()) == "shutdown");
        BOOST_TEST((this_process::now() - then == 3s));
        BOOST_TEST(!late.process().alive());
        const auto seen = happened();
        BOOST_TEST(seen.size() == 3U);
        BOOST_TEST(seen.front() == "stop b shutdown");
    });
}

// SUP-073
BOOST_AUTO_TEST_CASE(gives_up_when_the_intensity_is_used_up) {
    play([] {
        auto s = start_simple(named_worker(), 1);
        auto a = begin(s, "a");
        auto b = begin(s, "b");
        a.cast(end_with{boom});
        b.cast(end_with{boom});
        BOOST_TEST(end_of(s.process()) == "shutdown");
    });
}

// SUP-082
BOOST_AUTO_TEST_CASE(significant_children_behave_alike) {
    play([] {
        auto s = start_simple(named_worker().restart(transient).significant(), 10,
                              auto_shutdown::all_significant);
        auto a = begin(s, "a");
        auto b = begin(s, "b");
        a.cast(end_with{exit_reason::normal});
        settle();
        BOOST_TEST(s.process().alive());
        b.cast(end_with{exit_reason::normal});
        BOOST_TEST(end_of(s.process()) == "shutdown");
    });
}

BOOST_AUTO_TEST_SUITE_END()
