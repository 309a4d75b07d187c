// SPDX-License-Identifier: BSL-1.0
// Where functions begin, which stay on their thread for life.
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

/// Tells on which thread it has begun, and stays until `owner` ends.
void settler(pid owner) {
    owner.send(begun{thread_name()});
    this_process::receive<begun>();
}

void spawn_settlers(int count) {
    for (int i = 0; i < count; ++i)
        spawn_link(settler, this_process::self());
}

/// How many have begun on which thread.
std::map<std::string, int> receive_all(int count) {
    std::map<std::string, int> all;
    for (int i = 0; i < count; ++i)
        ++all[this_process::receive<begun>().thread];
    return all;
}

/// On a runtime with so many threads; those who settled end with it.
template <class F>
void on_threads(std::size_t count, F f) {
    runtime::start({.threads = count, .long_handler = 0s});
    runtime::run(f);
    runtime::stop();
}

} // namespace

BOOST_AUTO_TEST_SUITE(placement_suite)

// It cannot answer an offer. A spare, which helps, hands over to it.
BOOST_AUTO_TEST_CASE(a_thread_that_is_stuck_gets_its_share_all_the_same) {
    bool shared = false;
    // The monitor may not have seen it yet, or it began on a spare: then once more.
    for (int i = 0; i < 50 && !shared; ++i)
        on_threads(2, [&shared] {
            std::atomic<bool> holds{false};
            std::string held;
            spawn([&] {
                held = thread_name();
                holds = true;
                compute_for(6ms);
            });
            while (!holds) // it begins elsewhere, since we are stuck
                ;
            compute_for(3ms);
            spawn_settlers(40);
            shared = receive_all(40)[held] >= 10 && held != thread_name();
        });
    BOOST_TEST(shared);
}

BOOST_AUTO_TEST_CASE(none_begins_on_a_spare_thread_for_a_handler_of_some_milliseconds) {
    using clock = std::chrono::steady_clock;
    on_threads(1, [] {
        int wanted = 10; // rounds; one that took too long says nothing
        for (int i = 0; i < 100 && wanted > 0; ++i) {
            this_process::yield();
            const auto began = clock::now();
            spawn_settlers(4);
            compute_for(5ms); // a spare takes what waits here
            const auto held = clock::now() - began;
            auto on = receive_all(4);
            if (held < 15ms) {
                BOOST_TEST(on["coppice/0"] == 4);
                --wanted;
            }
        }
    });
}

BOOST_AUTO_TEST_CASE(they_begin_all_the_same_behind_one_that_holds_its_thread_for_long) {
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
