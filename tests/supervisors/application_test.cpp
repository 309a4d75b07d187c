// SPDX-License-Identifier: BSL-1.0
// Whole programs, on the real runtime: their exit codes, and that they always end.
#include "tree_fixture.hpp"

#include <coppice/blocking.hpp>
#include <csignal>
#include <thread>
#include <unistd.h>

using namespace tree_fixture;

namespace {

const application_options two_threads{.runtime = {.threads = 2}};

supervisor_flags strict() { return {.intensity = 0}; }

/// Exits by itself as soon as it has started.
child_spec short_lived() {
    return child<task<>>("short", [] { this_process::exit(boom); });
}

/// Exits by itself when its work is done.
child_spec finishes() {
    return child<task<>>("finishes", [] {}).restart(transient).significant();
}

/// Sends its own program a signal.
child_spec signaller(int signal) {
    return child<task<>>("signaller", [signal] {
        ::kill(::getpid(), signal);
        this_process::receive<end_with>();
    });
}

} // namespace

BOOST_AUTO_TEST_SUITE(application_suite)

BOOST_AUTO_TEST_CASE(stops_in_reverse_order_and_tells_0_when_a_signal_asks_it_to) {
    for (const int signal : {SIGTERM, SIGINT}) {
        event_log.clear();
        BOOST_TEST(
            application({}, {a_worker("a"), a_worker("b"), signaller(signal)}, two_threads).run() ==
            0);
        BOOST_TEST(event_log == (lines{"start a", "start b", "stop b shutdown", "stop a shutdown"}),
                   boost::test_tools::per_element());
    }
}

BOOST_AUTO_TEST_CASE(tells_1_when_the_tree_gave_up) {
    BOOST_TEST(application(strict(), {short_lived()}, two_threads).run() == 1);
}

BOOST_AUTO_TEST_CASE(tells_2_when_the_tree_did_not_start) {
    event_log.clear();
    BOOST_TEST(application({}, {a_worker("a"), scripted("b", {start::error})}, two_threads).run() ==
               2);
    BOOST_TEST(event_log == (lines{"start a", "no start b", "stop a shutdown"}),
               boost::test_tools::per_element());
    BOOST_TEST(application({.period = 0s}, {}, two_threads).run() == 2);
}

BOOST_AUTO_TEST_CASE(runs_main_in_the_tree_and_stops_the_tree_after_it) {
    event_log.clear();
    const int code = application({}, {a_worker("a")}, two_threads).run([] { note("main"); });
    BOOST_TEST(code == 0);
    BOOST_TEST(event_log == (lines{"start a", "main", "stop a shutdown"}),
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(the_value_of_main_is_the_code) {
    BOOST_TEST(application{two_threads}.run([] { return 7; }) == 7);
}

BOOST_AUTO_TEST_CASE(a_main_that_throws_gives_1_and_the_tree_is_still_stopped_in_order) {
    event_log.clear();
    const int code =
        application({}, {a_worker("a")}, two_threads).run([] { throw std::runtime_error{"main"}; });
    BOOST_TEST(code == 1);
    BOOST_TEST(event_log == (lines{"start a", "stop a shutdown"}),
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(main_is_ended_when_the_tree_gives_up) {
    const int code = application(strict(), {short_lived()}, two_threads).run([] {
        this_process::receive<end_with>();
    });
    BOOST_TEST(code == 1);
}

BOOST_AUTO_TEST_CASE(a_main_that_does_not_return_is_ended_by_a_signal) {
    const int code = application{two_threads}.run([] {
        ::kill(::getpid(), SIGTERM);
        this_process::receive<end_with>();
    });
    BOOST_TEST(code == 0);
}

BOOST_AUTO_TEST_CASE(a_tree_that_does_not_stop_in_time_does_not_keep_the_program) {
    event_log.clear();
    auto stubborn = a_worker("stubborn", {.terminate_takes = std::chrono::hours{1}});
    auto options = two_threads;
    options.stop_timeout = 10ms;
    BOOST_TEST(
        application({}, {std::move(stubborn).shutdown(infinity), signaller(SIGTERM)}, options)
            .run() == 0);
}

// No signal comes: the stop has its time limit all the same.
BOOST_AUTO_TEST_CASE(the_stop_limit_holds_for_every_cause_of_the_stop) {
    const auto stubborn = [] {
        return std::move(a_worker("stubborn", {.terminate_takes = std::chrono::hours{1}}))
            .shutdown(infinity);
    };
    auto options = two_threads;
    options.stop_timeout = 10ms;
    BOOST_TEST(application({}, {stubborn()}, options).run([] { return 7; }) == 7);
    BOOST_TEST(application({}, {stubborn()}, options).run([] { throw 1; }) == 1);
    BOOST_TEST(application(strict(), {stubborn(), short_lived()}, options).run() == 1);
    const supervisor_flags done{.auto_shutdown = auto_shutdown::any_significant};
    BOOST_TEST(application(done, {stubborn(), finishes()}, options).run() == 0);
    BOOST_TEST(application(done, {stubborn(), finishes()}, options).run([] {
        this_process::sleep(infinity);
    }) == 0);
}

BOOST_AUTO_TEST_CASE(tells_0_when_the_tree_has_done_its_work_and_1_when_it_gave_up_beside_it) {
    const supervisor_flags done{.intensity = 0, .auto_shutdown = auto_shutdown::any_significant};
    BOOST_TEST(application(done, {a_worker("a"), finishes()}, two_threads).run() == 0);
    BOOST_TEST(application(done, {a_worker("a"), short_lived()}, two_threads).run() == 1);
}

BOOST_AUTO_TEST_CASE(tells_1_when_its_own_process_is_killed) {
    const int code = application({}, {a_worker("a")}, two_threads).run([] {
        this_process::parent().exit(exit_reason::kill);
        this_process::sleep(infinity);
    });
    BOOST_TEST(code == 1);
}

BOOST_AUTO_TEST_CASE(there_is_one_application_at_a_time) {
    const int code = application{two_threads}.run([] {
        blocking([] { BOOST_CHECK_THROW(application{}.run([] {}), std::logic_error); });
        return 5;
    });
    BOOST_TEST(code == 5);
}

// One signal comes while the tree stops, one while the runtime stops, and one just after `run`
// has returned.
BOOST_AUTO_TEST_CASE(more_signals_soon_after_the_first_change_nothing) {
    static const auto ask = [] { ::kill(::getpid(), SIGTERM); };
    struct asks_when_it_ends {
        ~asks_when_it_ends() { ask(); }
    };
    const int code = application{two_threads}.run([] {
        std::atomic<bool> begun{false};
        spawn([&] {
            const asks_when_it_ends last;
            begun = true;
            this_process::sleep(infinity);
        });
        while (!begun)
            this_process::yield();
        const asks_when_it_ends first_to_end;
        ask();
        this_process::receive<end_with>();
    });
    ask();
    BOOST_TEST(code == 0);
}

BOOST_AUTO_TEST_CASE(a_start_that_hangs_does_not_keep_the_program) {
    const child_spec hanging{.id = "hanging", .start = []() -> start_result {
                                 ::kill(::getpid(), SIGTERM);
                                 this_process::receive<end_with>();
                                 return start_result::ignored();
                             }};
    auto options = two_threads;
    options.stop_timeout = 10ms;
    BOOST_TEST(application({}, {hanging}, options).run() == 0);
}

BOOST_AUTO_TEST_CASE(leaves_the_signal_mask_as_it_was) {
    application{two_threads}.run([] {});
    sigset_t now;
    pthread_sigmask(SIG_BLOCK, nullptr, &now);
    BOOST_TEST(sigismember(&now, SIGTERM) == 0);
    BOOST_TEST(sigismember(&now, SIGINT) == 0);
    struct sigaction term {};
    sigaction(SIGTERM, nullptr, &term);
    BOOST_TEST((term.sa_handler == SIG_DFL));
}

BOOST_AUTO_TEST_CASE(must_not_be_run_from_a_process) {
    const int code = application{two_threads}.run([] {
        BOOST_CHECK_THROW(application{}.run([] {}), std::logic_error);
        return 5;
    });
    BOOST_TEST(code == 5);
}

BOOST_AUTO_TEST_SUITE_END()
