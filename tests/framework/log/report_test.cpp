// SPDX-License-Identifier: BSL-1.0
#include "in_simulation.hpp"
#include "recorded_events.hpp"
#include "scheduler/runtime_state.hpp"
#include <boost/test/unit_test.hpp>
#include <coppice/log_record.hpp>
#include <coppice/names.hpp>
#include <coppice/report.hpp>
#include <stdexcept>

using namespace coppice;
using namespace std::chrono_literals;
using coppice::detail::clock_now;
using testing::probe;

namespace {

struct note {
    int value;
};

void describe(const note& n, log::description& d) { d.say("note " + std::to_string(n.value)); }

void forever() { this_process::receive<note>(); }

} // namespace

BOOST_AUTO_TEST_SUITE(report_suite)

BOOST_AUTO_TEST_CASE(a_crash_report_names_process_reason_and_links) {
    in_simulation([] {
        recorded_events<process_crashed> reports;
        register_name("the_parent", this_process::self()).value();
        const pid other = spawn(forever);
        register_name("the_friend", other).value();
        const pid crashes = spawn({.label = "thrower"}, [&] {
            register_name("the_thrower", this_process::self()).value();
            this_process::trap_exit(true);
            this_process::link(other);
            this_process::receive<note>();
            throw std::out_of_range{"no such drawer"};
        });
        for (int i = 0; i < 3; ++i)
            crashes.send(note{i});
        probe{}.expect_end(crashes);
        BOOST_REQUIRE(reports.all.size() == 1U);
        const process_crashed& r = reports.all[0];
        BOOST_TEST((r.process == crashes));
        BOOST_TEST(r.name == "the_thrower");
        BOOST_TEST(r.type == "thrower");
        BOOST_REQUIRE(r.reason.crash());
        BOOST_TEST(r.reason.crash()->type == "std::out_of_range");
        BOOST_TEST(r.reason.crash()->what == "no such drawer");
        BOOST_TEST(r.messages == 2U);
        BOOST_REQUIRE(!r.ancestors.empty());
        BOOST_TEST(r.ancestors[0] == "the_parent");
        BOOST_TEST((r.links == std::vector<std::string>{"the_friend"}));
    });
}

BOOST_AUTO_TEST_CASE(a_crash_report_names_a_hundred_links_and_counts_the_others) {
    in_simulation([] {
        recorded_events<process_crashed> reports;
        const pid hub = spawn([] {
            this_process::receive<note>();
            throw std::runtime_error{"x"};
        });
        for (int i = 0; i < 150; ++i)
            spawn([hub] {
                this_process::link(hub);
                this_process::receive<note>();
            });
        this_process::sleep(std::chrono::seconds{1});
        hub.send(note{1});
        probe{}.expect_end(hub);
        BOOST_REQUIRE(reports.all.size() == 1U);
        BOOST_TEST(reports.all[0].links.size() == 100U);
        BOOST_TEST(reports.all[0].further_links == 50U);
    });
}

BOOST_AUTO_TEST_CASE(an_orderly_end_is_no_crash) {
    in_simulation([] {
        recorded_events<process_crashed> reports;
        probe p;
        p.expect_end(spawn([] {}));
        p.expect_end(spawn([] { this_process::exit(exit_reason::shutdown); }));
        p.expect_end(spawn([] {
            this_process::exit(exit_reason::tagged("shutdown", exit_reason{"maintenance"}));
        }));
        BOOST_TEST(reports.all.empty());
        p.expect_end(spawn([] { this_process::exit(exit_reason{"enough"}); }));
        BOOST_REQUIRE(reports.all.size() == 1U);
        BOOST_TEST(reports.all[0].reason.text() == "enough");
    });
}

BOOST_AUTO_TEST_CASE(a_message_to_the_dead_is_a_dead_letter) {
    in_simulation([] {
        recorded_events<dead_letter> letters;
        const pid gone = spawn([] {});
        probe{}.expect_end(gone);
        gone.send(note{1});
        BOOST_REQUIRE(letters.all.size() == 1U);
        BOOST_TEST((letters.all[0].to == gone));
        BOOST_TEST(letters.all[0].message.find("note") != std::string::npos);
        BOOST_TEST((letters.all[0].why == errc::noproc));
    });
}

BOOST_AUTO_TEST_CASE(each_drop_is_counted_and_powers_of_two_are_logged) {
    in_simulation([] {
        recorded_events<message_dropped> drops;
        const pid small =
            spawn({.mailbox = {.messages = 1, .policy = overflow_policy::drop_newest}}, forever);
        log::forget_recent();
        for (int i = 0; i < 10; ++i)
            small.send(note{i});
        BOOST_TEST(drops.all.size() == 4U); // the 1st, 2nd, 4th and 8th of nine
        BOOST_TEST(drops.all.back().total == 8U);
        BOOST_TEST(drops.all.back().policy == "drop_newest");
        BOOST_TEST((drops.all.back().process == small));
        small.exit(exit_reason::kill);
    });
}

BOOST_AUTO_TEST_CASE(a_swallowed_kill_is_reported) {
    in_simulation([] {
        recorded_events<exit_swallowed> told;
        const pid stubborn = spawn([] {
            try {
                forever();
            } catch (...) { // code must not do this
            }
            this_process::sleep(1ms);
        });
        this_process::sleep(1ms);
        stubborn.exit(exit_reason::kill);
        this_process::sleep(1ms);
        BOOST_REQUIRE(!told.all.empty());
        BOOST_TEST((told.all[0].process == stubborn));
    });
}

BOOST_AUTO_TEST_CASE(a_subscriber_that_throws_does_no_harm_to_others) {
    in_simulation([] {
        recorded_events<dead_letter> before;
        const auto bad = log::subscribe(
            severity::debug, [](const log::record&) { throw std::runtime_error{"mine"}; });
        recorded_events<dead_letter> behind;
        const pid gone = spawn([] {});
        probe{}.expect_end(gone);
        gone.send(note{1});
        gone.send(note{2});
        BOOST_TEST(before.all.size() == 2U);
        BOOST_TEST(behind.all.size() == 2U);
    });
}

BOOST_AUTO_TEST_CASE(a_subscription_ends_with_its_object) {
    in_simulation([] {
        int count = 0;
        const pid gone = spawn([] {});
        probe{}.expect_end(gone);
        {
            const auto watch =
                log::subscribe(severity::debug, [&](const log::record&) { ++count; });
            gone.send(note{1});
        }
        gone.send(note{2});
        BOOST_TEST(count == 1);
    });
}

BOOST_AUTO_TEST_CASE(a_process_may_receive_events_as_messages) {
    in_simulation([] {
        const auto watch = log::subscribe<process_crashed>(this_process::self());
        spawn([] { throw 7; });
        const auto r = probe{}.expect<process_crashed>();
        BOOST_TEST(r.reason.text() == "int: 7");
    });
}

namespace {

/// A process whose mailbox has room for three messages and blocks its senders. It reads as many
/// messages as it is told to.
struct slow_listener {
    int may_read = 0, seen = 0;
    pid process = spawn({.mailbox = {.messages = 3, .policy = overflow_policy::block}}, [this] {
        for (;;)
            if (seen == may_read)
                this_process::sleep(1ms);
            else {
                this_process::receive<note>();
                ++seen;
            }
    });
    log::subscription watch = log::subscribe<note>(process);
    ~slow_listener() { process.exit(exit_reason::kill); }
};

} // namespace

BOOST_AUTO_TEST_CASE(a_process_that_reports_waits_for_a_subscriber_that_blocks) {
    in_simulation([] {
        slow_listener listener;
        const auto before = log::count();
        listener.may_read = 10;
        for (int i = 0; i < 10; ++i)
            log::report(severity::info, note{i});
        this_process::sleep(5ms);
        BOOST_TEST(listener.seen == 10);
        BOOST_TEST(log::count().undelivered == before.undelivered);
    });
}

BOOST_AUTO_TEST_CASE(a_subscriber_that_does_not_read_holds_reports_up_once) {
    in_simulation([] {
        slow_listener listener;
        const auto before = log::count();
        const auto began = clock_now();
        for (int i = 0; i < 100; ++i)
            log::report(severity::info, note{i});
        BOOST_TEST((clock_now() - began >= 5s));
        BOOST_TEST((clock_now() - began < 5100ms));
        BOOST_TEST(log::count().undelivered - before.undelivered == 97U);
        listener.may_read = 4;
        this_process::sleep(5ms); // its mailbox has room again
        log::report(severity::info, note{100});
        this_process::sleep(5ms);
        BOOST_TEST(listener.seen == 4);
    });
}

BOOST_AUTO_TEST_CASE(a_report_of_the_runtime_never_waits_for_a_subscriber) {
    in_simulation([] {
        const pid deaf = spawn({.mailbox = {.messages = 1, .policy = overflow_policy::block}},
                               [] { this_process::sleep(infinity); });
        const auto watch = log::subscribe<process_crashed>(deaf);
        const auto before = log::count();
        const auto began = clock_now();
        for (int i = 0; i < 5; ++i)
            probe{}.expect_end(spawn([] { throw 7; }));
        BOOST_TEST((clock_now() == began));
        BOOST_TEST(log::count().undelivered - before.undelivered == 4U);
    });
}

BOOST_AUTO_TEST_CASE(the_same_seed_gives_the_same_log) {
    const auto story = [](std::uint64_t seed) {
        std::vector<std::string> lines;
        const auto watch = log::subscribe(severity::error, [&](const log::record& r) {
            lines.push_back(r.what.describe().sentence().substr(r.process.text().size()));
        });
        testing::simulation{seed}.run([] {
            for (int i = 0; i < 20; ++i)
                spawn([i] { throw i; });
            this_process::sleep(1ms);
        });
        return lines;
    };
    const auto one = story(42);
    BOOST_TEST(one.size() == 20U);
    BOOST_TEST(one == story(42), boost::test_tools::per_element());
    BOOST_TEST((one != story(43)));
}

BOOST_AUTO_TEST_SUITE_END()
