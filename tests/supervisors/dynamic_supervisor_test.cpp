// SPDX-License-Identifier: BSL-1.0
// DYN-nnn: tests/conformance/cases.md.
#include "tree_fixture.hpp"

using namespace tree_fixture;

namespace {

server_ref<dynamic_supervisor> start_dynamic(const dynamic_supervisor_flags& flags = {}) {
    return start_link<dynamic_supervisor>(flags);
}

template <class R>
std::string reason_of(const R& r) {
    return r ? "ok" : r.error().reason.text();
}

} // namespace

BOOST_AUTO_TEST_SUITE(dynamic_supervisor_suite)

// DYN-001
BOOST_AUTO_TEST_CASE(wrong_flags_are_refused_at_start) {
    play([] {
        auto s = try_start_link<dynamic_supervisor>(dynamic_supervisor_flags{.period = 0s});
        BOOST_TEST(reason_of(s) == "{supervisor_data, {invalid_period, 0 ms}}");
    });
}

// DYN-003
BOOST_AUTO_TEST_CASE(start_child_gives_a_typed_reference_or_says_why_not) {
    play([] {
        auto s = start_dynamic();
        const server_ref<worker> a = dynamic_supervisor::start_child(s, a_worker("a"));
        BOOST_TEST(a.process().alive());
        const auto ignored = dynamic_supervisor::try_start_child(s, scripted("i", {start::ignore}));
        BOOST_REQUIRE(ignored.has_value());
        BOOST_TEST(!ignored->process);
        BOOST_TEST(reason_of(dynamic_supervisor::try_start_child(
                       s, scripted("e", {start::error}))) == "nope");
        BOOST_TEST(dynamic_supervisor::which_children(s).size() == 1U);
    });
}

// DYN-005
BOOST_AUTO_TEST_CASE(wrong_specs_are_refused) {
    play([] {
        auto s = start_dynamic();
        BOOST_TEST(reason_of(dynamic_supervisor::try_start_child(
                       s, a_worker("a").shutdown(-1ms))) == "{invalid_shutdown, -1 ms}");
        BOOST_TEST(reason_of(dynamic_supervisor::try_start_child(s, start_args::of(1))) ==
                   "invalid_child_spec");
    });
}

// DYN-006
BOOST_AUTO_TEST_CASE(a_full_supervisor_refuses_until_a_child_exits) {
    play([] {
        auto s = start_dynamic({.max_children = 2});
        auto a = dynamic_supervisor::start_child(s, a_worker("a"));
        dynamic_supervisor::start_child(s, a_worker("b"));
        const auto third = dynamic_supervisor::try_start_child(s, a_worker("c"));
        BOOST_REQUIRE(!third.has_value());
        BOOST_TEST((third.error().code == errc::max_children));
        dynamic_supervisor::terminate_child(s, a.process());
        BOOST_TEST(dynamic_supervisor::try_start_child(s, a_worker("c")).has_value());
    });
}

// DYN-008
BOOST_AUTO_TEST_CASE(each_child_has_its_own_restart_type) {
    play([] {
        auto s = start_dynamic({.intensity = 10});
        auto p = dynamic_supervisor::start_child(s, a_worker("p"));
        auto t = dynamic_supervisor::start_child(s, a_worker("t").restart(transient));
        auto x = dynamic_supervisor::start_child(s, a_worker("x").restart(temporary));
        happened();
        for (const auto& w : {p, t, x})
            w.cast(end_with{exit_reason::normal});
        settle();
        BOOST_TEST(listed(s) == lines{"p"}, boost::test_tools::per_element());
    });
}

// DYN-010, DYN-011
BOOST_AUTO_TEST_CASE(a_failing_restart_is_tried_again_until_the_intensity_is_used_up) {
    play([] {
        auto s = start_dynamic({.intensity = 3});
        dynamic_supervisor::start_child(s, scripted("a", {start::ok, start::error, start::ok}))
            .process.exit(boom);
        settle();
        BOOST_TEST(listed(s) == lines{"a"}, boost::test_tools::per_element());
        dynamic_supervisor::start_child(s, scripted("b", {start::ok, start::error}))
            .process.exit(boom);
        BOOST_TEST(end_of(s.process()) == "shutdown");
    });
}

// DYN-013
BOOST_AUTO_TEST_CASE(terminate_child_waits_for_the_child_and_forgets_it) {
    play([] {
        auto s = start_dynamic();
        auto a =
            dynamic_supervisor::start_child(s, a_worker("a", {.terminate_takes = 1s}).shutdown(2s));
        auto k = dynamic_supervisor::start_child(s, a_worker("k").shutdown(brutal_kill));
        happened();
        dynamic_supervisor::terminate_child(s, a.process());
        dynamic_supervisor::terminate_child(s, k.process());
        check_happened({"stop a shutdown"});
        BOOST_TEST(reason_of(dynamic_supervisor::try_terminate_child(s, a.process())) ==
                   "not_found");
        BOOST_TEST(dynamic_supervisor::count_children(s).specs == 0U);
    });
}

// DYN-015, DYN-016
BOOST_AUTO_TEST_CASE(shutdown_tells_all_at_once_each_with_its_own_time) {
    play([] {
        auto s = start_dynamic();
        auto add = [&](const char* id, std::chrono::milliseconds takes, shutdown_policy how) {
            return dynamic_supervisor::start_child(
                       s, a_worker(id, {.terminate_takes = takes}).shutdown(how))
                .process();
        };
        const pid all[] = {add("patient", 4s, infinity), add("late", 1h, 2s), add("good", 1s, 2s),
                           add("brutal", 0s, brutal_kill)};
        happened();
        const auto then = this_process::now();
        s.process().exit(exit_reason::shutdown);
        BOOST_TEST(end_of(s.process()) == "shutdown");
        BOOST_TEST((this_process::now() - then == 4s));
        for (const pid p : all)
            BOOST_TEST(!p.alive());
        check_happened({"stop good shutdown", "stop patient shutdown"});
    });
}

// DYN-017
BOOST_AUTO_TEST_CASE(counts_children_between_attempts_as_specs_only) {
    play([] {
        auto s = start_dynamic({.intensity = 1'000'000'000});
        dynamic_supervisor::start_child(s, child<supervisor>("s", supervisor_flags{}, {}));
        dynamic_supervisor::start_child(s, scripted("a", {start::ok, start::error}))
            .process.exit(boom);
        while (dynamic_supervisor::count_children(s).active != 1)
            this_process::yield();
        const auto n = dynamic_supervisor::count_children(s);
        BOOST_TEST(n.specs == 2U);
        BOOST_TEST(n.supervisors == 1U);
        BOOST_TEST(n.workers == 1U);
    });
}

// SUP-065: what only a restart would need is freed.
BOOST_AUTO_TEST_CASE(the_start_function_of_a_temporary_child_is_not_kept) {
    play([] {
        auto s = start_dynamic();
        const auto counted = std::make_shared<int>();
        const auto add = [&](restart_type how) {
            dynamic_supervisor::start_child(
                s,
                child_spec{.id = "x",
                           .start = [counted]() -> start_result {
                               return spawn_link([] { this_process::receive<end_with>(infinity); });
                           },
                           .restart = how});
            return counted.use_count();
        };
        BOOST_TEST(add(temporary) == 1);
        BOOST_TEST(add(permanent) > 1);
    });
}

// A start and a stop take the same time with any number of children.
BOOST_AUTO_TEST_CASE(has_a_hundred_thousand_children) {
    event_log.clear();
    testing::simulation{1}.run([] {
        this_process::trap_exit(true);
        auto s = start_dynamic();
        std::vector<pid> some;
        struct idle {};
        for (int i = 0; i < 100'000; ++i) {
            const auto c = dynamic_supervisor::start_child(s, child<idle>("idle"));
            if (i % 1'000 == 0)
                some.push_back(c.process());
        }
        BOOST_TEST(dynamic_supervisor::count_children(s).active == 100'000U);
        for (const pid p : some)
            dynamic_supervisor::terminate_child(s, p);
        BOOST_TEST(dynamic_supervisor::count_children(s).active == 99'900U);
        s.process().exit(exit_reason::shutdown);
        BOOST_TEST(end_of(s.process()) == "shutdown");
    });
}

BOOST_AUTO_TEST_SUITE_END()
