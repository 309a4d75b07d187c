// SPDX-License-Identifier: BSL-1.0
// A start, a stop and a run at the same time: the table of answers, and threads that meet.
#include <atomic>
#include <boost/test/unit_test.hpp>
#include <coppice/blocking.hpp>
#include <coppice/process.hpp>
#include <coppice/process_info.hpp>
#include <coppice/runtime.hpp>
#include <coppice/this_process.hpp>
#include <ostream>
#include <scheduler/life_cycle.hpp>
#include <scheduler/runtime_gate.hpp>
#include <thread>

using namespace coppice;
using namespace std::chrono_literals;

namespace coppice::detail::life_cycle {
std::ostream& operator<<(std::ostream& out, const decision& d) {
    constexpr const char* answers[] = {"go", "nothing", "wait", "refuse"};
    constexpr const char* phases[] = {"stopped", "starting", "running", "stopping"};
    out << answers[static_cast<std::size_t>(d.what)];
    return d.what == answer::go ? out << " to " << phases[static_cast<std::size_t>(d.next)] : out;
}
} // namespace coppice::detail::life_cycle

namespace {

using namespace coppice::detail::life_cycle;

constexpr phase all_phases[] = {phase::stopped, phase::starting, phase::running, phase::stopping};
constexpr event all_events[] = {event::start,   event::join,   event::stop,
                                event::started, event::failed, event::all_ended};

constexpr decision go(phase next) { return {answer::go, next}; }
constexpr decision nothing{answer::nothing}, waits{answer::wait}, refuses{answer::refuse};

} // namespace

BOOST_AUTO_TEST_SUITE(life_cycle_suite)

BOOST_AUTO_TEST_CASE(a_plain_thread_is_answered_by_this_table) {
    struct row {
        event e;
        decision stopped, starting, running, stopping;
    };
    const row table[] = {
        {event::start, go(phase::starting), refuses, refuses, waits},
        {event::join, go(phase::starting), waits, nothing, waits},
        {event::stop, nothing, waits, go(phase::stopping), waits},
        {event::started, refuses, go(phase::running), refuses, refuses},
        {event::failed, refuses, go(phase::stopped), refuses, refuses},
        {event::all_ended, refuses, refuses, refuses, go(phase::stopped)},
    };
    for (const row& r : table) {
        BOOST_TEST_CONTEXT("event " << static_cast<int>(r.e)) {
            BOOST_TEST(decide(phase::stopped, r.e, caller::plain_thread) == r.stopped);
            BOOST_TEST(decide(phase::starting, r.e, caller::plain_thread) == r.starting);
            BOOST_TEST(decide(phase::running, r.e, caller::plain_thread) == r.running);
            BOOST_TEST(decide(phase::stopping, r.e, caller::plain_thread) == r.stopping);
        }
    }
}

BOOST_AUTO_TEST_CASE(no_thread_waits_for_itself) {
    for (const phase p : all_phases)
        for (const event e : all_events) {
            BOOST_TEST(decide(p, e, caller::runtime_thread) == refuses);
            const decision in_piece = decide(p, e, caller::blocking_piece);
            BOOST_TEST((in_piece.what == answer::refuse || in_piece.what == answer::nothing));
        }
    BOOST_TEST(decide(phase::running, event::join, caller::blocking_piece) == nothing);
}

// Each phase but `stopped` ends by itself.
BOOST_AUTO_TEST_CASE(a_thread_waits_only_for_a_phase_that_ends) {
    for (const phase p : all_phases)
        for (const event e : all_events)
            if (decide(p, e, caller::plain_thread) == waits)
                BOOST_TEST((p == phase::starting || p == phase::stopping));
}

BOOST_AUTO_TEST_CASE(of_many_starts_at_a_time_one_starts_and_of_many_stops_each_returns) {
    for (int round = 0; round < 20; ++round) {
        std::atomic<int> started{0}, refused{0};
        std::vector<std::thread> all;
        for (int i = 0; i < 4; ++i)
            all.emplace_back([&] {
                try {
                    runtime::start({.threads = 1});
                    ++started;
                } catch (const std::logic_error&) {
                    ++refused;
                }
            });
        for (auto& t : all)
            t.join();
        BOOST_TEST(started == 1);
        BOOST_TEST(refused == 3);
        spawn([] { this_process::sleep(infinity); });
        all.clear();
        for (int i = 0; i < 4; ++i)
            all.emplace_back([] { runtime::stop(); });
        for (auto& t : all)
            t.join();
        BOOST_TEST(!runtime::running());
    }
}

BOOST_AUTO_TEST_CASE(a_run_beside_another_runs_its_function_or_is_refused) {
    for (int round = 0; round < 20; ++round) {
        std::atomic<int> ran{0}, told{0};
        std::vector<std::thread> all;
        for (int i = 0; i < 4; ++i)
            all.emplace_back([&] {
                try {
                    runtime::run([&] { ++ran; });
                } catch (const call_error&) {
                    ++told; // the stop of the other thread has killed its process
                } catch (const std::logic_error&) {
                    ++told; // it came while the other thread stopped the runtime
                }
            });
        for (auto& t : all)
            t.join();
        BOOST_TEST(ran + told >= 4);
        BOOST_TEST(ran >= 1);
        BOOST_TEST(!runtime::running());
    }
}

BOOST_AUTO_TEST_CASE(start_stop_and_run_are_refused_inside_in_words) {
    const auto says_why = [](const std::logic_error& e) {
        return std::string_view{e.what()}.find("for plain threads") != std::string_view::npos;
    };
    runtime::start({.threads = 1});
    runtime::run([&] {
        BOOST_CHECK_EXCEPTION(runtime::stop(), std::logic_error, says_why);
        BOOST_CHECK_EXCEPTION(runtime::run([] {}), std::logic_error, says_why);
        BOOST_CHECK_EXCEPTION(runtime::start(), std::logic_error, says_why);
        blocking([&] {
            BOOST_CHECK_EXCEPTION(runtime::stop(), std::logic_error, says_why);
            BOOST_CHECK_EXCEPTION(runtime::start(), std::logic_error, says_why);
            bool ran = false;
            runtime::run([&] { ran = true; }); // the running runtime may be used there
            BOOST_TEST(ran);
        });
    });
    BOOST_TEST(runtime::stop().empty());
}

// Threads and processes spawn while the runtime stops: each process is ended, or refused.
BOOST_AUTO_TEST_CASE(a_spawn_during_a_stop_is_ended_or_refused) {
    for (int round = 0; round < 30; ++round) {
        runtime::start({.threads = 2});
        std::atomic<bool> done{false};
        std::atomic<int> spawned{0};
        std::vector<std::thread> plain;
        for (int i = 0; i < 2; ++i)
            plain.emplace_back([&] {
                while (!done) {
                    try {
                        spawn([] { this_process::sleep(infinity); });
                        ++spawned;
                    } catch (const std::logic_error&) {}
                }
            });
        spawn([] {
            for (;;) {
                spawn([] { this_process::sleep(infinity); });
                this_process::yield();
            }
        });
        while (spawned == 0)
            std::this_thread::yield();
        BOOST_TEST(runtime::stop().empty());
        done = true;
        for (auto& t : plain)
            t.join();
        BOOST_TEST(processes().empty());
    }
}

// The count of threads inside falls, however many threads enter meanwhile.
BOOST_AUTO_TEST_CASE(the_gate_waits_for_the_threads_inside_only) {
    detail::runtime_gate gate;
    const unsigned inside = gate.enter();
    std::atomic<bool> done{false};
    std::vector<std::thread> visitors;
    for (int i = 0; i < 3; ++i)
        visitors.emplace_back([&] {
            unsigned side = gate.enter();
            while (!done) { // never leaves for a moment
                const unsigned next = gate.enter();
                gate.leave(side);
                side = next;
            }
            gate.leave(side);
        });
    int pauses = 0;
    gate.wait_for_entrants([&] {
        if (++pauses == 1000)
            gate.leave(inside);
        std::this_thread::yield();
    });
    BOOST_TEST(pauses >= 1000);
    done = true;
    for (auto& t : visitors)
        t.join();
}

BOOST_AUTO_TEST_SUITE_END()
