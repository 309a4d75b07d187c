// SPDX-License-Identifier: BSL-1.0
#include "support/thread_sleep.hpp"
#include <atomic>
#include <boost/test/unit_test.hpp>
#include <csignal>
#include <pthread.h>
#include <sched.h>
#include <thread>

using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(thread_sleep_suite)

BOOST_AUTO_TEST_CASE(a_sleep_is_as_long_as_was_asked_for) {
    for (const auto time : {0ns, 1ns, 999'999'999ns}) {
        const auto before = std::chrono::steady_clock::now();
        coppice::detail::sleep_thread(time);
        BOOST_TEST((std::chrono::steady_clock::now() - before >= time));
    }
}

// On one processor each signal interrupts the sleep. The sleep of std::this_thread would end only
// when no more signals come. The bound is on signals, not on time: a sleep of 1 ms does not see so
// many.
BOOST_AUTO_TEST_CASE(signals_do_not_make_it_longer) {
    constexpr int many = 200'000;
    struct sigaction counts {
    }, before{};
    static std::atomic<int> taken;
    taken.store(0);
    counts.sa_handler = [](int) { taken.fetch_add(1); };
    sigaction(SIGUSR2, &counts, &before);
    std::atomic<bool> slept{false};
    int sent = 0;
    std::thread both{[&] {
        cpu_set_t one;
        CPU_ZERO(&one);
        CPU_SET(sched_getcpu(), &one);
        sched_setaffinity(0, sizeof one, &one); // the sender inherits it
        const pthread_t sleeper = pthread_self();
        std::thread sender{[&] {
            for (; !slept.load() && sent < many; ++sent)
                pthread_kill(sleeper, SIGUSR2);
        }};
        while (taken.load() < 10)
            sched_yield();
        coppice::detail::sleep_thread(1ms);
        slept.store(true);
        sender.join();
    }};
    both.join();
    sigaction(SIGUSR2, &before, nullptr);
    BOOST_TEST(sent < many);
}

BOOST_AUTO_TEST_SUITE_END()
