// SPDX-License-Identifier: BSL-1.0
// The supervisor as its children and clients see it. SUP-nnn: tests/conformance/README.md.
#include "tree_fixture.hpp"

using namespace tree_fixture;

namespace {

server_ref<supervisor> start_tree(const supervisor_flags& flags, std::vector<child_spec> children) {
    auto s = start_link<supervisor>(flags, std::move(children));
    return s;
}

std::string start_failure(const supervisor_flags& flags, std::vector<child_spec> children) {
    auto s = try_start_link<supervisor>(flags, std::move(children));
    return s ? "started" : s.error().reason.text();
}

supervisor_flags with(restart_strategy how, unsigned intensity = 10) {
    return {.strategy = how, .intensity = intensity, .period = 1h};
}

void stop(const server_ref<supervisor>& s) {
    s.process().exit(exit_reason::shutdown);
    BOOST_TEST(end_of(s.process()) == "shutdown");
}

template <class R>
std::string reason_of(const R& r) {
    return r ? "ok" : r.error().reason.text();
}

} // namespace

BOOST_AUTO_TEST_SUITE(supervisor_suite)

// SUP-001, SUP-002
BOOST_AUTO_TEST_CASE(starts_in_order_and_stops_one_by_one_in_reverse) {
    play([] {
        auto s = start_tree(with(one_for_one), {a_worker("a"), a_worker("b"), a_worker("c")});
        check_happened({"start a", "start b", "start c"});
        stop(s);
        check_happened({"stop c shutdown", "stop b shutdown", "stop a shutdown"});
    });
}

// Two children would share one exit.
BOOST_AUTO_TEST_CASE(a_process_is_not_two_children) {
    play([] {
        auto s = start_tree(with(one_for_one), {a_worker("a")});
        const pid a = pid_of(s, "a");
        const child_spec known{.id = "b", .start = [a] { return start_result{a}; }};
        const auto refused = supervisor::try_start_child(s, known);
        BOOST_REQUIRE(refused.has_error());
        BOOST_TEST((refused.error().code == errc::already_started));
        const child_spec itself{.id = "b",
                                .start = [] { return start_result{this_process::self()}; }};
        BOOST_TEST(supervisor::try_start_child(s, itself).has_error());
        BOOST_TEST((listed(s) == lines{"a"}));
        a.exit(exit_reason::kill);
        settle();
        BOOST_TEST((listed(s) == lines{"a"}));
        BOOST_TEST(!(pid_of(s, "a") == a));
    });
}

// A start function that receives any message does not receive the supervisor's own retries.
BOOST_AUTO_TEST_CASE(a_start_function_that_receives_does_not_take_the_retries) {
    play([] {
        const auto greedy = []() -> start_result {
            while (this_process::receive([](message) { return true; },
                                         after(0s, [] { return false; })))
                ;
            return spawn_link([] { this_process::receive<end_with>(infinity); });
        };
        supervisor_flags flags = with(one_for_one);
        flags.backoff.min = 100ms;
        auto s = start_tree(flags, {{.id = "a", .start = greedy}, {.id = "b", .start = greedy}});
        for (const char* id : {"a", "b"})
            pid_of(s, id).exit(exit_reason::kill);
        settle(10s); // both retries wait when the first is made
        BOOST_TEST((listed(s) == lines{"b", "a"}));
    });
}

// SUP-005
BOOST_AUTO_TEST_CASE(a_child_that_does_not_start_undoes_the_start_of_the_others) {
    play([] {
        BOOST_TEST(
            start_failure(with(one_for_one), {a_worker("a"), a_worker("b"),
                                              scripted("c", {start::error}), a_worker("d")}) ==
            "{shutdown, {failed_to_start_child, c, nope}}");
        check_happened({"start a", "start b", "no start c", "stop b shutdown", "stop a shutdown"});
    });
}

BOOST_AUTO_TEST_CASE(a_start_function_that_exits_or_throws_is_a_failed_start_only) {
    play([] {
        auto s = start_tree(with(one_for_one), {});
        auto e = supervisor::try_start_child(s, scripted("e", {start::exit}));
        BOOST_TEST(reason_of(e) == "quit");
        auto r = supervisor::try_start_child(s, scripted("r", {start::raise}));
        BOOST_REQUIRE(!r.has_value());
        BOOST_TEST((r.error().code == errc::start_failed));
        BOOST_TEST(r.error().reason.is_error());
        BOOST_TEST(listed(s).empty());
    });
}

// SUP-003, SUP-004
BOOST_AUTO_TEST_CASE(its_own_init_may_refuse_or_fail) {
    play([] {
        auto ignored =
            try_start_link<supervisor>([]() -> supervisor_spec { this_process::ignore(); });
        BOOST_REQUIRE(!ignored.has_value());
        BOOST_TEST((ignored.error().code == errc::ignored));
        auto failed = try_start_link<supervisor>(
            []() -> supervisor_spec { this_process::exit(exit_reason{"no_way"}); });
        BOOST_TEST(reason_of(failed) == "no_way");
        auto thrown =
            try_start_link<supervisor>([]() -> supervisor_spec { throw std::logic_error{"x"}; });
        BOOST_REQUIRE(!thrown.has_value());
        BOOST_TEST(thrown.error().reason.is_error());
    });
}

// SUP-008, SUP-022
BOOST_AUTO_TEST_CASE(a_child_that_says_ignore_keeps_its_spec_and_has_no_process) {
    play([] {
        auto s = start_tree(with(one_for_one), {scripted("i", {start::ignore}), a_worker("b")});
        BOOST_TEST(listed(s) == (lines{"b", "i stopped"}), boost::test_tools::per_element());
        const auto n = supervisor::count_children(s);
        BOOST_TEST(n.specs == 2U);
        BOOST_TEST(n.active == 1U);
        BOOST_TEST(n.workers == 2U);
        BOOST_TEST(n.supervisors == 0U);
    });
}

// SUP-011, SUP-013
BOOST_AUTO_TEST_CASE(wrong_flags_and_duplicate_ids_are_refused_before_anything_starts) {
    play([] {
        BOOST_TEST(start_failure({.period = 0s}, {a_worker("a")}) ==
                   "{supervisor_data, {invalid_period, 0 ms}}");
        BOOST_TEST(start_failure({}, {a_worker("a"), a_worker("b"), a_worker("a")}) ==
                   "{start_spec, {duplicate_child_name, a}}");
        BOOST_TEST(start_failure({.strategy = simple_one_for_one}, {}) == "{bad_start_spec, 0}");
        check_happened({});
    });
}

// SUP-014, SUP-017, SUP-019, SUP-020
BOOST_AUTO_TEST_CASE(administration_answers_with_otps_words) {
    play([] {
        auto s = start_tree(with(one_for_one), {a_worker("a"), a_worker("b")});
        const auto a = pid_of(s, "a");
        auto twice = supervisor::try_start_child(s, a_worker("a"));
        BOOST_TEST((twice.error().code == errc::already_started));
        BOOST_TEST(twice.error().reason.text() == "{already_started, " + a.text() + "}");
        BOOST_TEST(reason_of(supervisor::try_restart_child(s, "a")) == "running");
        BOOST_TEST(reason_of(supervisor::try_delete_child(s, "a")) == "running");
        BOOST_TEST(reason_of(supervisor::try_terminate_child(s, "unknown")) == "not_found");
        BOOST_TEST(reason_of(supervisor::try_restart_child(s, "unknown")) == "not_found");
        BOOST_TEST(reason_of(supervisor::try_delete_child(s, "unknown")) == "not_found");
        BOOST_TEST(reason_of(supervisor::try_get_childspec(s, "unknown")) == "not_found");
        BOOST_TEST(reason_of(supervisor::try_terminate_child(s, "a")) == "ok");
        BOOST_TEST(reason_of(supervisor::try_terminate_child(s, "a")) == "ok");
        BOOST_TEST(reason_of(supervisor::try_start_child(s, a_worker("a"))) == "already_present");
        BOOST_TEST(reason_of(supervisor::try_restart_child(s, "a")) == "ok");
        BOOST_TEST((pid_of(s, "a") != a));
        BOOST_TEST(reason_of(supervisor::try_terminate_child(s, "b")) == "ok");
        BOOST_TEST(reason_of(supervisor::try_delete_child(s, "b")) == "ok");
        BOOST_TEST(reason_of(supervisor::try_restart_child(s, "b")) == "not_found");
        BOOST_TEST(listed(s) == lines{"a"}, boost::test_tools::per_element());
    });
}

// SUP-019
BOOST_AUTO_TEST_CASE(a_restart_by_hand_that_fails_leaves_the_child_stopped) {
    play([] {
        auto s =
            start_tree(with(one_for_one), {scripted("a", {start::ok, start::error, start::ok})});
        supervisor::terminate_child(s, "a");
        BOOST_TEST(reason_of(supervisor::try_restart_child(s, "a")) == "nope");
        BOOST_TEST(listed(s) == lines{"a stopped"}, boost::test_tools::per_element());
        BOOST_TEST(reason_of(supervisor::try_restart_child(s, "a")) == "ok");
        BOOST_TEST(listed(s) == lines{"a"}, boost::test_tools::per_element());
    });
}

BOOST_AUTO_TEST_CASE(the_plain_words_throw_what_the_try_words_return) {
    play([] {
        auto s = start_tree(with(one_for_one), {a_worker("a")});
        BOOST_CHECK_EXCEPTION(supervisor::delete_child(s, "a"), call_error,
                              [](const call_error& e) { return e.code() == errc::running; });
        stop(s);
        BOOST_CHECK_EXCEPTION(supervisor::which_children(s), call_error,
                              [](const call_error& e) { return e.code() == errc::noproc; });
    });
}

// SUP-015, SUP-016
BOOST_AUTO_TEST_CASE(start_child_gives_extra_info_and_forgets_a_spec_that_failed) {
    play([] {
        auto s = start_tree(with(one_for_one), {});
        const child_spec spec{.id = "b", .start = []() -> start_result {
                                  return started_child{
                                      spawn_link([] { this_process::receive<end_with>(infinity); }),
                                      std::string{"extra"}};
                              }};
        BOOST_TEST(std::any_cast<std::string>(supervisor::start_child(s, spec).info) == "extra");
        BOOST_TEST(reason_of(supervisor::try_start_child(s, scripted("c", {start::error}))) ==
                   "nope");
        BOOST_TEST(listed(s) == lines{"b"}, boost::test_tools::per_element());
    });
}

// SUP-010, SUP-075
BOOST_AUTO_TEST_CASE(wrong_specs_are_refused_by_the_supervisor_with_the_field_named) {
    play([] {
        auto s = start_tree(with(one_for_one), {});
        unchecked_child_spec words{.id = "a", .start = [] { return start_result::ignored(); }};
        words.restart = std::string{"sometimes"};
        BOOST_TEST(reason_of(supervisor::try_start_child(s, words)) ==
                   "{invalid_restart_type, sometimes}");
        BOOST_TEST(reason_of(supervisor::try_start_child(
                       s, a_worker("a").restart(transient).significant())) ==
                   "{bad_combination, [auto_shutdown, significant]}");
        BOOST_TEST(reason_of(supervisor::try_start_child(s, start_args::of(1))) ==
                   "invalid_child_spec");
        BOOST_TEST(listed(s).empty());
    });
}

// SUP-012, SUP-023
BOOST_AUTO_TEST_CASE(get_childspec_shows_the_defaults_filled_in) {
    play([] {
        auto s = start_tree(with(one_for_one),
                            {a_worker("a"), child<supervisor>("s", supervisor_flags{}, {}),
                             a_worker("k").restart(temporary).shutdown(brutal_kill)});
        const auto a = supervisor::get_childspec(s, "a");
        BOOST_TEST((a.restart == permanent && a.type == child_type::worker));
        BOOST_TEST(a.shutdown.text() == "5000 ms");
        const auto inner = supervisor::get_childspec(s, "s");
        BOOST_TEST((inner.type == child_type::supervisor));
        BOOST_TEST(inner.shutdown.text() == "infinity");
        BOOST_TEST(supervisor::get_childspec(s, "k").shutdown.text() == "brutal_kill");
    });
}

// SUP-023: children that have ids go by id only.
BOOST_AUTO_TEST_CASE(get_childspec_goes_by_id) {
    play([] {
        auto s = start_tree(with(one_for_one), {a_worker("a").restart(transient)});
        const pid a = pid_of(s, "a");
        BOOST_TEST((supervisor::get_childspec(s, "a").restart == transient));
        BOOST_TEST(reason_of(supervisor::try_get_childspec(s, a)) == "not_found");
        end(s, "a", exit_reason::normal);
        settle();
        BOOST_TEST(supervisor::get_childspec(s, "a").id == "a");
    });
}

// SUP-024 to SUP-028
BOOST_AUTO_TEST_CASE(restart_types_and_reasons_decide_which_children_are_restarted) {
    const struct {
        restart_type type;
        exit_reason why;
        lines after;
    } table[] = {
        {permanent, exit_reason::normal, {"b", "a"}},
        {permanent, exit_reason::shutdown, {"b", "a"}},
        {permanent, boom, {"b", "a"}},
        {transient, exit_reason::normal, {"b", "a stopped"}},
        {transient, exit_reason::shutdown, {"b", "a stopped"}},
        {transient, exit_reason::tagged("shutdown", boom), {"b", "a stopped"}},
        {transient, boom, {"b", "a"}},
        {temporary, exit_reason::normal, {"b"}},
        {temporary, boom, {"b"}},
    };
    for (const auto& row : table)
        BOOST_TEST_CONTEXT(to_string(row.type) << " " << row.why.text())
    play([&] {
        auto s = start_tree(with(one_for_one), {a_worker("a").restart(row.type), a_worker("b")});
        const pid a = pid_of(s, "a"), b = pid_of(s, "b");
        end(s, "a", row.why);
        settle();
        BOOST_TEST(!a.alive());
        BOOST_TEST((pid_of(s, "b") == b)); // one_for_one: the other child keeps its process
        BOOST_TEST(listed(s) == row.after, boost::test_tools::per_element());
    });
}

// SUP-029
BOOST_AUTO_TEST_CASE(one_for_all_restarts_all_children) {
    play([] {
        auto s = start_tree(with(one_for_all), {a_worker("a"), a_worker("b"), a_worker("c")});
        happened();
        end(s, "b", boom);
        check_happened(
            {"stop b boom", "stop c shutdown", "stop a shutdown", "start a", "start b", "start c"});
    });
}

// SUP-030
BOOST_AUTO_TEST_CASE(rest_for_one_restarts_the_later_children) {
    play([] {
        auto s = start_tree(with(rest_for_one), {a_worker("a"), a_worker("b"), a_worker("c")});
        happened();
        end(s, "b", boom);
        check_happened({"stop b boom", "stop c shutdown", "start b", "start c"});
        BOOST_TEST(listed(s) == (lines{"c", "b", "a"}), boost::test_tools::per_element());
    });
}

// README of tests/conformance, rule 4
BOOST_AUTO_TEST_CASE(temporary_siblings_are_removed_by_a_group_restart) {
    play([] {
        auto s = start_tree(with(one_for_all),
                            {a_worker("a"), a_worker("t").restart(temporary), a_worker("c")});
        end(s, "t", boom); // no sibling is restarted
        BOOST_TEST(happened().size() == 4U);
        BOOST_TEST(listed(s) == (lines{"c", "a"}), boost::test_tools::per_element());
        supervisor::start_child(s, a_worker("t").restart(temporary));
        end(s, "a", boom);
        settle();
        BOOST_TEST(listed(s) == (lines{"c", "a"}), boost::test_tools::per_element());
    });
}

// README of tests/conformance, rule 3
BOOST_AUTO_TEST_CASE(terminated_children_come_back_with_a_group_restart) {
    play([] {
        auto s = start_tree(with(rest_for_one), {a_worker("a"), a_worker("b"), a_worker("c")});
        supervisor::terminate_child(s, "a");
        supervisor::terminate_child(s, "c");
        happened();
        end(s, "b", boom);
        check_happened({"stop b boom", "start b", "start c"});
        BOOST_TEST(listed(s) == (lines{"c", "b", "a stopped"}), boost::test_tools::per_element());
    });
}

// SUP-035, SUP-040
BOOST_AUTO_TEST_CASE(gives_up_with_shutdown_when_the_intensity_is_used_up) {
    play([] {
        auto s = start_tree(with(one_for_one, 2), {a_worker("a"), a_worker("b")});
        end(s, "a", boom);
        settle();
        end(s, "b", boom);
        happened();
        end(s, "a", boom);
        BOOST_TEST(end_of(s.process()) == "shutdown");
        check_happened({"stop a boom", "stop b shutdown"});
    });
}

// SUP-037, in exact virtual time
BOOST_AUTO_TEST_CASE(restarts_older_than_the_period_are_forgotten) {
    play([] {
        auto s = start_tree({.intensity = 1, .period = 10s}, {a_worker("a")});
        for (int i = 0; i < 5; ++i) {
            end(s, "a", boom);
            settle(10s + 1ms);
        }
        BOOST_TEST(s.process().alive());
        end(s, "a", boom);
        settle(5s);
        end(s, "a", boom);
        BOOST_TEST(end_of(s.process()) == "shutdown");
    });
}

// SUP-041; README of tests/conformance, rule 5
BOOST_AUTO_TEST_CASE(a_failing_restart_is_tried_again_and_each_attempt_counts) {
    play([] {
        auto s = start_tree(with(one_for_one, 3),
                            {scripted("a", {start::ok, start::error, start::error, start::ok})});
        pid_of(s, "a").exit(boom);
        settle();
        BOOST_TEST(listed(s) == lines{"a"}, boost::test_tools::per_element());
        check_happened({"start a", "no start a", "no start a", "start a"});
        pid_of(s, "a").exit(boom); // the fourth restart
        BOOST_TEST(end_of(s.process()) == "shutdown");
    });
}

BOOST_AUTO_TEST_CASE(calls_are_answered_between_attempts_and_terminate_child_ends_them) {
    play([] {
        auto s = start_tree(with(one_for_one, 1'000'000'000),
                            {scripted("a", {start::ok, start::error}), a_worker("b")});
        pid_of(s, "a").exit(boom);
        this_process::yield();
        while (info_of(s, "a").status == child_status::running)
            this_process::yield();
        BOOST_TEST(reason_of(supervisor::try_restart_child(s, "a")) == "restarting");
        BOOST_TEST(reason_of(supervisor::try_delete_child(s, "a")) == "restarting");
        BOOST_TEST(supervisor::count_children(s).active == 1U);
        supervisor::terminate_child(s, "a");
        happened();
        check_happened({});
        BOOST_TEST(listed(s) == (lines{"b", "a stopped"}), boost::test_tools::per_element());
    });
}

// README of tests/conformance, rule 1
BOOST_AUTO_TEST_CASE(a_retry_in_rest_for_one_begins_at_the_child_that_failed) {
    play([] {
        auto s = start_tree(with(rest_for_one, 2),
                            {a_worker("a"), a_worker("b"),
                             scripted("c", {start::ok, start::error, start::ok}), a_worker("d")});
        happened();
        end(s, "b", boom);
        check_happened(
            {"stop b boom", "stop d shutdown", "start b", "no start c", "start c", "start d"});
    });
}

BOOST_AUTO_TEST_CASE(a_retry_in_one_for_all_stops_again_what_it_had_started) {
    play([] {
        auto s = start_tree(with(one_for_all, 2),
                            {a_worker("a"), scripted("b", {start::ok, start::error, start::ok})});
        happened();
        end(s, "a", boom);
        check_happened(
            {"stop a boom", "start a", "no start b", "stop a shutdown", "start a", "start b"});
    });
}

// SUP-047
BOOST_AUTO_TEST_CASE(a_fault_climbs_and_the_branch_is_renewed_with_its_first_children) {
    play([] {
        auto outer = start_tree(
            with(one_for_one, 1),
            {child<supervisor>("inner", with(one_for_one, 0), {a_worker("a")}), a_worker("b")});
        server_ref<supervisor> inner{pid_of(outer, "inner")};
        supervisor::start_child(inner, a_worker("extra"));
        happened();
        end(inner, "a", boom);
        check_happened({"stop a boom", "stop extra shutdown", "start a"});
        server_ref<supervisor> renewed{pid_of(outer, "inner")};
        BOOST_TEST((renewed.process() != inner.process()));
        end(renewed, "a", boom);
        BOOST_TEST(end_of(outer.process()) == "shutdown");
        check_happened({"stop a boom", "stop b shutdown"});
    });
}

// README of tests/conformance, rule 10
BOOST_AUTO_TEST_CASE(a_transient_supervisor_that_gave_up_is_not_restarted) {
    play([] {
        auto outer = start_tree(
            with(one_for_one),
            {child<supervisor>("inner", with(one_for_one, 0), {a_worker("a")}).restart(transient)});
        end(server_ref<supervisor>{pid_of(outer, "inner")}, "a", boom);
        settle();
        BOOST_TEST(listed(outer) == lines{"inner stopped"}, boost::test_tools::per_element());
    });
}

// SUP-050
BOOST_AUTO_TEST_CASE(brutal_kill_never_asks) {
    play([] {
        auto s = start_tree(with(one_for_one), {a_worker("a").shutdown(brutal_kill)});
        const pid a = pid_of(s, "a");
        happened();
        supervisor::terminate_child(s, "a");
        BOOST_TEST(!a.alive());
        check_happened({});
    });
}

// SUP-051, SUP-052
BOOST_AUTO_TEST_CASE(a_child_has_its_time_to_stop_and_no_more) {
    play([] {
        auto s = start_tree(with(one_for_one),
                            {a_worker("slow", {.terminate_takes = 10s}).shutdown(2s),
                             a_worker("quick", {.terminate_takes = 1s}).shutdown(2s),
                             a_worker("endless", {.terminate_takes = 1h}).shutdown(infinity)});
        happened();
        const auto begin = this_process::now();
        supervisor::terminate_child(s, "slow");
        BOOST_TEST((this_process::now() - begin == 2s));
        supervisor::terminate_child(s, "quick");
        BOOST_TEST((this_process::now() - begin == 3s));
        supervisor::terminate_child(s, "endless");
        BOOST_TEST((this_process::now() - begin == 1h + 3s));
        check_happened({"stop quick shutdown", "stop endless shutdown"});
    });
}

// SUP-059
BOOST_AUTO_TEST_CASE(ends_with_its_parents_reason_after_its_children) {
    play([] {
        auto s = start_tree(with(one_for_one), {a_worker("a")});
        happened();
        s.process().exit(exit_reason{"because"}); // the test is its parent
        BOOST_TEST(end_of(s.process()) == "because");
        check_happened({"stop a shutdown"});
    });
}

// README of tests/conformance, rule 9
BOOST_AUTO_TEST_CASE(ignores_exit_signals_of_other_processes) {
    play([] {
        auto s = start_tree(with(one_for_one), {a_worker("a")});
        const pid sender = spawn([s] { s.process().exit(boom); });
        end_of(sender);
        settle();
        BOOST_TEST(s.process().alive());
        BOOST_TEST(listed(s) == lines{"a"}, boost::test_tools::per_element());
    });
}

BOOST_AUTO_TEST_CASE(the_children_of_a_killed_supervisor_die_with_it) {
    play([] {
        auto s = start_tree(with(one_for_one), {a_worker("a"), a_worker("b", {.trap = false})});
        const pid a = pid_of(s, "a"), b = pid_of(s, "b");
        happened();
        const monitor_ref watch = this_process::monitor(s);
        s.process().exit(exit_reason::kill);
        BOOST_TEST((this_process::receive(when([&](const down& d) { return d.ref == watch; },
                                               [](const down& d) { return d.reason; })) ==
                    exit_reason::killed));
        settle();
        BOOST_TEST(!a.alive());
        BOOST_TEST(!b.alive());
        check_happened({"stop a killed"});
    });
}

// SUP-061
BOOST_AUTO_TEST_CASE(a_synchronous_stop_ends_it_with_that_reason) {
    play([] {
        auto s = start_tree(with(one_for_one), {a_worker("a")});
        happened();
        s.stop(exit_reason::normal);
        BOOST_TEST(!s.process().alive());
        check_happened({"stop a shutdown"});
    });
}

// SUP-063
BOOST_AUTO_TEST_CASE(unexpected_messages_do_not_harm_it) {
    play([] {
        auto s = start_tree(with(one_for_one), {a_worker("a")});
        s.process().send(fail{});
        settle();
        BOOST_TEST(listed(s) == lines{"a"}, boost::test_tools::per_element());
    });
}

// SUP-021
BOOST_AUTO_TEST_CASE(a_child_restarted_by_hand_keeps_its_place) {
    play([] {
        auto s = start_tree(with(one_for_one), {a_worker("a"), a_worker("b"), a_worker("c")});
        supervisor::terminate_child(s, "b");
        supervisor::restart_child(s, "b");
        supervisor::start_child(s, a_worker("d"));
        BOOST_TEST(listed(s) == (lines{"d", "c", "b", "a"}), boost::test_tools::per_element());
        happened();
        stop(s);
        check_happened(
            {"stop d shutdown", "stop c shutdown", "stop b shutdown", "stop a shutdown"});
    });
}

// SUP-076, SUP-078, SUP-083
BOOST_AUTO_TEST_CASE(significant_children_end_their_supervisor) {
    play([] {
        auto tree = [](auto_shutdown when) {
            return start_tree({.intensity = 10, .auto_shutdown = when},
                              {a_worker("a").restart(transient).significant(),
                               a_worker("b").restart(temporary).significant(),
                               a_worker("c").restart(transient)});
        };
        auto any = tree(auto_shutdown::any_significant);
        end(any, "c", exit_reason::normal);
        end(any, "a", boom); // is restarted
        settle();
        BOOST_TEST(any.process().alive());
        end(any, "a", exit_reason::normal);
        BOOST_TEST(end_of(any.process()) == "shutdown");

        auto all = tree(auto_shutdown::all_significant);
        end(all, "b", boom);
        settle();
        BOOST_TEST(all.process().alive());
        end(all, "a", exit_reason::shutdown);
        BOOST_TEST(end_of(all.process()) == "shutdown");

        auto by_hand = tree(auto_shutdown::all_significant);
        supervisor::terminate_child(by_hand,
                                    "a"); // does not trigger a shutdown, but counts as gone
        settle();
        BOOST_TEST(by_hand.process().alive());
        end(by_hand, "b", exit_reason::normal);
        BOOST_TEST(end_of(by_hand.process()) == "shutdown");
    });
}

// SUP-064
BOOST_AUTO_TEST_CASE(has_many_children_and_finds_each) {
    play([] {
        auto s = start_tree(with(one_for_one), {});
        constexpr int many = 2'000;
        for (int i = 0; i < many; ++i)
            supervisor::start_child(s, a_worker(std::to_string(i)));
        BOOST_TEST(supervisor::count_children(s).active == static_cast<std::size_t>(many));
        for (int i = 0; i < many; i += 2) {
            supervisor::terminate_child(s, std::to_string(i));
            supervisor::delete_child(s, std::to_string(i));
        }
        BOOST_TEST(supervisor::count_children(s).specs == static_cast<std::size_t>(many / 2));
        stop(s);
    });
}

BOOST_AUTO_TEST_CASE(which_children_tells_how_often_and_when_each_was_started) {
    play([] {
        const auto begin = this_process::now();
        const auto sup = start_tree({.strategy = rest_for_one, .intensity = 5},
                                    {a_worker("a"), a_worker("b"), a_worker("c")});
        settle(1s);
        end(sup, "b", boom); // c is restarted with it
        settle();
        end(sup, "c", boom);
        settle();
        BOOST_TEST(info_of(sup, "a").restarts == 0U);
        BOOST_TEST(info_of(sup, "b").restarts == 1U);
        BOOST_TEST(info_of(sup, "c").restarts == 2U);
        BOOST_TEST((info_of(sup, "a").started_at == begin));
        BOOST_TEST((info_of(sup, "b").started_at == begin + 1s));
        supervisor::terminate_child(sup, "a");
        BOOST_TEST((info_of(sup, "a").started_at == time_limit::clock::time_point{}));
        supervisor::restart_child(sup, "a");
        BOOST_TEST(info_of(sup, "a").restarts == 1U);

        const auto pool = start_link<dynamic_supervisor>(dynamic_supervisor_flags{});
        const auto w = dynamic_supervisor::start_child(pool, a_worker("w"));
        w.cast(end_with{boom});
        settle();
        BOOST_TEST(dynamic_supervisor::which_children(pool).at(0).restarts == 1U);
        w.process().exit(exit_reason::kill);
    });
}

BOOST_AUTO_TEST_SUITE_END()
