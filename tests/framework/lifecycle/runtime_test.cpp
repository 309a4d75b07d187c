// SPDX-License-Identifier: BSL-1.0
#include <atomic>
#include <boost/test/unit_test.hpp>
#include <coppice/log_record.hpp>
#include <coppice/process.hpp>
#include <coppice/process_info.hpp>
#include <coppice/receive.hpp>
#include <coppice/report.hpp>
#include <coppice/runtime.hpp>
#include <coppice/testing.hpp>
#include <coppice/this_process.hpp>
#include <memory/stack_pool.hpp>
#include <thread>

using namespace coppice;
using namespace std::chrono_literals;

namespace {
struct note {
    int value;
};
} // namespace

BOOST_AUTO_TEST_SUITE(runtime_suite)

BOOST_AUTO_TEST_CASE(run_throws_what_leaves_the_function) {
    BOOST_CHECK_EXCEPTION(runtime::run([] { throw std::runtime_error{"out"}; }), std::runtime_error,
                          [](const auto& e) { return e.what() == std::string_view{"out"}; });
    BOOST_TEST(!runtime::running());
}

BOOST_AUTO_TEST_CASE(run_says_that_its_function_did_not_come_to_its_end) {
    const auto says_why = [](const call_error& e) {
        return e.code() == errc::exited && e.reason() == exit_reason{"why"};
    };
    const auto is_killed = [] {
        this_process::self().exit(exit_reason{"why"});
        this_process::sleep(infinity);
    };
    BOOST_CHECK_EXCEPTION(runtime::run(is_killed), call_error, says_why);
    BOOST_CHECK_EXCEPTION(runtime::run([] { this_process::exit(exit_reason{"why"}); }), call_error,
                          says_why);
    BOOST_CHECK_NO_THROW(runtime::run([] { this_process::exit(exit_reason::normal); }));
    BOOST_CHECK_NO_THROW(runtime::run([] { this_process::ignore(); }));
}

BOOST_AUTO_TEST_CASE(run_returns_also_when_its_function_never_begins) {
    runtime::start({.threads = 1});
    std::atomic<bool> holds{false}, is_killed{false};
    spawn([&] {
        holds = true;
        while (processes().size() < 2) // until the other process exists, on no other thread
            std::this_thread::yield();
        for (const pid p : processes())
            if (p != this_process::self())
                p.exit(exit_reason::kill);
        is_killed = true;
    });
    while (!holds)
        std::this_thread::yield();
    BOOST_CHECK_EXCEPTION(runtime::run([] {}), call_error, [](const call_error& e) {
        return e.code() == errc::exited && e.reason() == exit_reason::killed;
    });
    BOOST_TEST(is_killed);
    runtime::stop();
}

BOOST_AUTO_TEST_CASE(bad_options_are_refused_in_words) {
    BOOST_CHECK_EXCEPTION(
        runtime::start({.stack_size = 8192}), std::invalid_argument,
        [](const auto& e) { return std::string{e.what()}.find("16384") != std::string::npos; });
    runtime::start();
    BOOST_CHECK_THROW(runtime::start(), std::logic_error);
    runtime::stop();
}

BOOST_AUTO_TEST_CASE(the_runtime_may_start_and_stop_many_times) {
    for (int i = 0; i < 5; ++i) {
        runtime::start({.threads = 2});
        for (int k = 0; k < 100; ++k)
            spawn([] { this_process::sleep(infinity); });
        BOOST_TEST(runtime::stop().empty());
    }
}

// Fibers end while their thread has other work.
BOOST_AUTO_TEST_CASE(stacks_that_are_not_needed_are_given_back) {
    constexpr int many = 100;
    runtime::start({.threads = 1});
    for (int round = 0; round < 3; ++round) {
        std::vector<pid> all;
        std::atomic<int> waiting{0};
        for (int k = 0; k < many; ++k)
            all.push_back(spawn([&] {
                ++waiting;
                this_process::receive<note>();
            }));
        while (waiting < many)
            std::this_thread::yield();
        BOOST_TEST(detail::stack_pool::in_use() >= many);
        for (const pid& p : all)
            p.send(note{round});
        while (detail::stack_pool::in_use() > many / 2)
            std::this_thread::yield();
    }
    BOOST_TEST(runtime::stop().empty());
}

BOOST_AUTO_TEST_CASE(a_process_with_endless_messages_lets_others_on_its_thread_run) {
    runtime::start({.threads = 1});
    std::atomic<bool> begun{false}, woke{false};
    runtime::run([&] {
        spawn([&] {
            begun = true;
            this_process::sleep(5ms);
            woke = true;
        });
        while (!begun)
            this_process::yield();
        const auto until = this_process::now() + 10s;
        for (int i = 0; !woke && this_process::now() < until; ++i) {
            this_process::self().send(note{i});
            this_process::receive<note>();
        }
    });
    BOOST_TEST(runtime::stop().empty());
    BOOST_TEST(woke);
}

// DESIGN 3: a scheduler with a blocked fiber hangs in its destructor unless the fiber is resumed.
BOOST_AUTO_TEST_CASE(stop_ends_processes_that_wait_for_anything) {
    runtime::start({.threads = 2});
    std::atomic<int> waiting{0};
    spawn([&] {
        ++waiting;
        this_process::receive<note>();
    });
    spawn([&] {
        ++waiting;
        this_process::sleep(infinity);
    });
    while (waiting < 2)
        std::this_thread::yield();
    BOOST_TEST(runtime::stop().empty());
}

// From the beginning of a stop nothing is spawned, and the kill comes a moment later. Who spawns in
// between is not told that the runtime stops: that would be its exit reason.
BOOST_AUTO_TEST_CASE(a_process_that_a_stop_refuses_a_spawn_ends_as_killed) {
    for (int round = 0; round < 50; ++round) {
        runtime::start({.threads = 2});
        std::atomic<bool> runs{false}, is_refused{false};
        spawn([&] {
            runs = true;
            try {
                for (;;)
                    spawn([] {});
            } catch (const std::logic_error&) {
                is_refused = true;
            }
        });
        while (!runs)
            std::this_thread::yield();
        BOOST_TEST(runtime::stop().empty());
        BOOST_TEST(!is_refused);
    }
}

BOOST_AUTO_TEST_CASE(stop_names_a_process_that_refuses_and_leaves_it_behind) {
    static std::atomic<bool> running{false}, release{false};
    runtime::start({.threads = 1});
    const pid stubborn = spawn([] {
        running = true;
        while (!release) // never suspends
            std::this_thread::yield();
    });
    while (!running)
        std::this_thread::yield();
    const auto left = runtime::stop(50ms);
    BOOST_REQUIRE(left.size() == 1U);
    BOOST_TEST(left[0].doing.find("suspension point") != std::string::npos);
    release = true;
    while (stubborn.alive()) // it ends all the same, and its messages are destroyed
        std::this_thread::yield();
}

BOOST_AUTO_TEST_CASE(without_a_free_stack_processes_wait_and_the_log_says_so) {
    std::atomic<int> told{0}, somebodys{0}, done{0};
    const auto watch = log::subscribe(severity::error, [&](const log::record& r) {
        somebodys += r.process ? 1 : 0;
        told += r.get_if<runtime_notice>() != nullptr;
    });
    runtime::start({.threads = 1, .max_stacks = 4});
    std::vector<pid> all;
    for (int i = 0; i < 10; ++i)
        all.push_back(spawn([&] {
            this_process::receive<note>();
            ++done;
        }));
    while (told == 0)
        std::this_thread::yield();
    BOOST_TEST(done == 0);
    BOOST_TEST(somebodys == 0);
    for (const pid p : all)
        p.send(note{1});
    while (done < 10)
        std::this_thread::yield();
    BOOST_TEST(told == 1); // one line for all of them
    runtime::stop();
}

BOOST_AUTO_TEST_CASE(processes_on_all_threads_and_plain_threads_lose_nothing) {
    constexpr int senders = 4, each = 20'000;
    runtime::start({.threads = 2});
    std::atomic<long> sum{0};
    const pid collector = spawn([&] {
        for (int i = 0; i < 2 * senders * each; ++i)
            sum += this_process::receive<note>().value;
    });
    for (int s = 0; s < senders; ++s)
        spawn([&] {
            for (int i = 0; i < each; ++i)
                collector.send(note{1});
        });
    std::vector<std::thread> plain;
    for (int s = 0; s < senders; ++s)
        plain.emplace_back([&] {
            for (int i = 0; i < each; ++i)
                collector.send(note{1});
        });
    for (auto& t : plain)
        t.join();
    while (collector.alive())
        std::this_thread::yield();
    BOOST_TEST(sum == 2L * senders * each);
    runtime::stop();
}

// The same seed gives the same order of events.
BOOST_AUTO_TEST_CASE(a_simulation_is_replayed_by_its_seed) {
    const auto course = [](std::uint64_t seed) {
        std::vector<int> order;
        testing::simulation sim{seed};
        sim.run([&] {
            for (int i = 0; i < 20; ++i)
                spawn([&order, i] {
                    this_process::sleep(std::chrono::milliseconds{i % 3});
                    order.push_back(i);
                    this_process::yield();
                    order.push_back(100 + i);
                });
            this_process::sleep(1s);
        });
        return order;
    };
    BOOST_TEST(course(1) == course(1), boost::test_tools::per_element());
    BOOST_TEST((course(1) != course(2) || course(1) != course(3)));
}

BOOST_AUTO_TEST_CASE(an_hour_of_virtual_time_costs_nothing) {
    testing::simulation sim{1};
    sim.run([] {
        const auto before = this_process::now();
        this_process::sleep(1h);
        BOOST_TEST((this_process::now() - before >= 1h));
    });
}

BOOST_AUTO_TEST_SUITE_END()
