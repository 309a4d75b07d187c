// SPDX-License-Identifier: BSL-1.0
#include "tree_fixture.hpp"
#include <boost/regex.hpp>
#include <coppice/partition_supervisor.hpp>
#include <coppice/task_supervisor.hpp>

using namespace tree_fixture;

namespace {

using children = std::vector<child_spec>;
constexpr server_name<supervisor> the_tree{"the_tree"};

/// The lines with `<>` for each pid, and one space for many.
lines drawn(const supervisor_ref& root, const tree_text_options& how = {}) {
    std::string text = to_text(root, how);
    text = boost::regex_replace(text, boost::regex{"<[0-9.]+>"}, "<>");
    text = boost::regex_replace(text, boost::regex{"(\\S) +"}, "$1 ");
    lines all;
    for (std::size_t at = 0; at < text.size();) {
        const auto end = text.find('\n', at);
        all.push_back(text.substr(at, end - at));
        at = end + 1;
    }
    return all;
}

void check(const lines& got, const lines& expected) {
    BOOST_TEST(got == expected, boost::test_tools::per_element());
}

server_ref<supervisor> start_tree(children c, const supervisor_flags& flags = {.intensity = 5}) {
    return start_link<supervisor>({.name = the_tree}, flags, std::move(c));
}

} // namespace

BOOST_AUTO_TEST_SUITE(to_text_suite)

BOOST_AUTO_TEST_CASE(draws_all_kinds_of_supervisors_the_oldest_child_first) {
    play([] {
        partitions<worker> workers{"workers"};
        start_tree({child<supervisor>("a", {}, children{a_worker("b"), a_worker("c")}),
                    child<dynamic_supervisor>("d"),
                    child<partition_supervisor>(workers, {.partitions = 2}, "p"),
                    scripted("f", {start::ok}), child<task_supervisor>("g")});
        task_supervisor::start_child(supervisor::which_child(the_tree, "g").as<task_supervisor>(),
                                     [] { this_process::sleep(infinity); });
        dynamic_supervisor::start_child(
            supervisor::which_child(the_tree, "d").as<dynamic_supervisor>(), a_worker("e"));
        this_process::sleep(1500ms);
        check(drawn(the_tree),
              {"the_tree <>", "  a <> up 1.5 s", "    b <> up 1.5 s", "    c <> up 1.5 s",
               "  d <> up 1.5 s", "    e <> up 1.5 s", "  workers <> up 1.5 s", "    0 <> up 1.5 s",
               "    1 <> up 1.5 s", "  f <> up 1.5 s", "  g <> up 1.5 s", "    task <> up 1.5 s"});
    });
}

BOOST_AUTO_TEST_CASE(says_what_restarts_what_stands_still_and_what_waits) {
    play([] {
        start_tree(
            {scripted("a", {start::ok}), a_worker("b"), scripted("c", {start::ok, start::error})},
            {.intensity = 100, .backoff = {.min = 1min, .max = 1h, .jitter = 0}});
        supervisor::terminate_child(the_tree, "b");
        pid_of(the_tree, "c").exit(boom);
        const auto a = pid_of(the_tree, "a");
        a.send(fail{}); // it waits for another message
        settle();
        check(drawn(the_tree), {"the_tree <>", "  a <> up 0.0 s 1 message waiting", "  b stopped",
                                "  c restarting"});
        a.exit(boom);
        this_process::sleep(2min);
        check(drawn(the_tree), {"the_tree <>", "  a <> up 1 min 0 s restarted once", "  b stopped",
                                "  c restarting"});
    });
}

BOOST_AUTO_TEST_CASE(counts_what_is_more_than_it_shows) {
    play([] {
        const auto s = start_link<dynamic_supervisor>();
        for (int i = 0; i < 25; ++i)
            dynamic_supervisor::start_child(s, a_worker("w" + std::to_string(i)));
        const lines all = drawn(s);
        BOOST_TEST(all.size() == 22U);
        BOOST_TEST(all[1] == "  w0 <> up 0.0 s");
        BOOST_TEST(all.back() == "  and 5 more");
        check(drawn(s, {.max_children = 1}),
              {"supervisor <>", "  w0 <> up 0.0 s", "  and 24 more"});
        check(drawn(s, {.max_lines = 2}), {"supervisor <>", "  w0 <> up 0.0 s", "(and so on)"});
    });
}

BOOST_AUTO_TEST_CASE(a_describer_says_what_stands_behind_the_pid) {
    play([] {
        start_tree({a_worker("a")});
        check(drawn(the_tree, {.describe = [](const child_info& c) { return "I am " + c.id; }}),
              {"the_tree <> I am the_tree", "  a <> I am a"});
    });
}

// A start function may return any process, also one that is above it in the tree.
BOOST_AUTO_TEST_CASE(a_tree_with_a_cycle_is_drawn_once) {
    play([] {
        const pid top = start_tree({}).process();
        auto up = [top] {
            this_process::link(top);
            return start_result{top};
        };
        supervisor::start_child(the_tree,
                                child<supervisor>("a", {},
                                                  children{{.id = "up",
                                                            .start = up,
                                                            .restart = temporary,
                                                            .shutdown = brutal_kill,
                                                            .type = child_type::supervisor}}));
        check(drawn(the_tree),
              {"the_tree <>", "  a <> up 0.0 s", "    up <> up 0.0 s", "      (shown above)"});
    });
}

// The supervisor waits for a child that does not stop.
BOOST_AUTO_TEST_CASE(a_supervisor_that_is_busy_is_named) {
    play([] {
        start_tree(
            {child<supervisor>(
                 "a", {}, children{a_worker("slow", {.terminate_takes = 1h}).shutdown(infinity)}),
             a_worker("b")});
        const auto a = supervisor::which_child(the_tree, "a").as<supervisor>();
        const pid ends = spawn([a] { supervisor::terminate_child(a, "slow"); });
        settle();
        const auto before = this_process::now();
        check(drawn(the_tree, {.timeout = 1s}),
              {"the_tree <>", "  a <> up 0.0 s", "    (busy: gives no answer)", "  b <> up 0.5 s"});
        BOOST_TEST((this_process::now() - before <= 1s));
        ends.exit(exit_reason::kill);
        a.process().exit(exit_reason::kill);
    });
}

BOOST_AUTO_TEST_CASE(in_the_supervisors_own_process_it_says_so) {
    play([] {
        std::string text;
        start_tree({child_spec{.id = "f", .start = [&text] {
                                   text = to_text(the_tree);
                                   return spawn_link(
                                       [] { this_process::receive<end_with>(infinity); });
                               }}});
        BOOST_TEST(text.find("(cannot be asked here: calling_self)") != std::string::npos);
    });
}

BOOST_AUTO_TEST_CASE(without_a_root_there_is_a_line_that_says_so) {
    play([] {
        check(drawn(the_tree), {"the supervisor does not run, or its name is not registered"});
        const auto s = start_tree({});
        s.stop(exit_reason::shutdown);
        check(drawn(s), {"<> has exited"});
    });
}

// Children crash and restart while the tree is drawn: each text is whole.
BOOST_AUTO_TEST_CASE(works_while_children_restart) {
    play([] {
        start_tree(
            {child<supervisor>("a", {.intensity = 1}, children{a_worker("b"), a_worker("c")}),
             a_worker("d")},
            {.intensity = 1'000'000});
        const pid crasher = spawn([] {
            for (int i = 0;; ++i) {
                if (const auto a = supervisor::try_which_child(the_tree, "a"); a && a->process)
                    if (i % 3 == 0)
                        a->process.exit(exit_reason::kill);
                this_process::yield();
            }
        });
        for (int i = 0; i < 50; ++i) {
            const lines all = drawn(the_tree);
            BOOST_TEST(all.front().find("the_tree <>") == 0U);
            BOOST_TEST(all.back().find("  d <>") == 0U);
            this_process::yield();
        }
        crasher.exit(exit_reason::kill);
    });
}

BOOST_AUTO_TEST_SUITE_END()
