// SPDX-License-Identifier: BSL-1.0
// The thread on which a function process begins, and stays for life.
#include <atomic>
#include <boost/test/unit_test.hpp>
#include <chrono>
#include <coppice/process.hpp>
#include <coppice/receive.hpp>
#include <coppice/runtime.hpp>
#include <coppice/this_process.hpp>
#include <map>
#include <pthread.h>
#include <string>

using namespace coppice;
using namespace std::chrono_literals;

namespace {

struct begun {
    std::string thread;
};

std::string thread_name() {
    char name[16] = {};
    pthread_getname_np(pthread_self(), name, sizeof name);
    return name;
}

void compute_for(std::chrono::steady_clock::duration time) {
    for (const auto end = std::chrono::steady_clock::now() + time;
         std::chrono::steady_clock::now() < end;)
        ;
}

/// Sends the name of its thread to `owner`, and waits until `owner` exits.
void placed_process(pid owner) {
    owner.send(begun{thread_name()});
    this_process::receive<begun>();
}

void spawn_placed_processs(int count) {
    for (int i = 0; i < count; ++i)
        spawn_link(placed_process, this_process::self());
}

/// How many processes have begun on each thread.
std::map<std::string, int> receive_all(int count) {
    std::map<std::string, int> all;
    for (int i = 0; i < count; ++i)
        ++all[this_process::receive<begun>().thread];
    return all;
}

/// Runs `f` on a runtime with so many threads; the placed processes end with it.
template <class F>
void on_threads(std::size_t count, F f) {
    runtime::start({.threads = count, .long_handler = 0s});
    runtime::run(f);
    runtime::stop();
}

} // namespace

BOOST_AUTO_TEST_SUITE(placement_suite)

// A stuck thread cannot take an offered process. A standby thread, which helps, hands over to it.
BOOST_AUTO_TEST_CASE(a_thread_that_is_stuck_gets_its_share_all_the_same) {
    bool shared = false;
    // The watchdog may not have seen it yet, or it began on a standby thread: then the test tries
    // again.
    for (int i = 0; i < 50 && !shared; ++i)
        on_threads(2, [&shared] {
            std::atomic<bool> holds{false};
            std::string held;
            spawn([&] {
                held = thread_name();
                holds = true;
                compute_for(6ms);
            });
            while (!holds) // it begins on another thread, since this one is stuck
                ;
            compute_for(3ms);
            spawn_placed_processs(40);
            shared = receive_all(40)[held] >= 10 && held != thread_name();
        });
    BOOST_TEST(shared);
}

BOOST_AUTO_TEST_CASE(no_function_begins_on_a_standby_thread_for_a_handler_of_some_milliseconds) {
    using clock = std::chrono::steady_clock;
    on_threads(1, [] {
        int wanted = 10; // rounds; a round that took too long does not count
        for (int i = 0; i < 100 && wanted > 0; ++i) {
            this_process::yield();
            const auto began = clock::now();
            spawn_placed_processs(4);
            compute_for(5ms); // a standby thread takes the processes that wait here
            const auto held = clock::now() - began;
            auto on = receive_all(4);
            if (held < 15ms) {
                BOOST_TEST(on["coppice/0"] == 4);
                --wanted;
            }
        }
    });
}

BOOST_AUTO_TEST_CASE(functions_begin_though_one_holds_its_thread_for_long) {
    on_threads(1, [] {
        std::string seen;
        std::atomic<bool> has_begun{false};
        spawn([&] {
            seen = thread_name();
            has_begun = true;
        });
        while (!has_begun) // never suspends
            ;
        BOOST_TEST(seen.starts_with("coppice/standby"));
    });
}

BOOST_AUTO_TEST_SUITE_END()
