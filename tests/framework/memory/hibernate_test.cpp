// SPDX-License-Identifier: BSL-1.0
#include "support/sanitizer.hpp"
#include <atomic>
#include <boost/test/unit_test.hpp>
#include <coppice/process.hpp>
#include <coppice/receive.hpp>
#include <coppice/runtime.hpp>
#include <coppice/this_process.hpp>
#include <fstream>
#include <thread>
#include <unistd.h>
#include <vector>

using namespace coppice;

namespace {

struct go_on {};

constexpr std::size_t used_deeply = 100 * 1024;

[[gnu::noinline]] void use_the_stack() {
    char room[used_deeply];
    for (std::size_t i = 0; i < used_deeply; i += 1024)
        room[i] = 1;
    asm volatile("" : : "r"(room) : "memory"); // it is used
}

long resident_bytes() {
    std::ifstream file{"/proc/self/statm"};
    long all = 0, resident = 0;
    file >> all >> resident;
    return resident * sysconf(_SC_PAGESIZE);
}

} // namespace

BOOST_AUTO_TEST_SUITE(hibernate_suite)

BOOST_AUTO_TEST_CASE(a_function_that_hibernates_gives_its_stack_back) {
    constexpr int many = 100;
    runtime::start({.threads = 1, .stack_size = 2 * used_deeply});
    std::atomic<int> waiting{0};
    std::atomic<bool> intact{true};
    std::vector<pid> all;
    for (int k = 0; k < many; ++k)
        all.push_back(spawn([&waiting, &intact, k] {
            const int mine = k;
            use_the_stack();
            ++waiting;
            this_process::receive<go_on>();
            this_process::hibernate();
            ++waiting;
            this_process::receive<go_on>();
            use_the_stack(); // there is a stack still
            if (mine != k)
                intact = false;
            ++waiting;
        }));
    const auto wait_for = [&waiting](int n) {
        while (waiting < n)
            std::this_thread::yield();
    };
    wait_for(many);
    const long before = resident_bytes();
    for (const pid p : all)
        p.send(go_on{});
    wait_for(2 * many);
    const long after = resident_bytes();
    for (const pid p : all)
        p.send(go_on{});
    wait_for(3 * many);
    BOOST_TEST(runtime::stop().empty());
    BOOST_TEST(intact);
    BOOST_TEST_MESSAGE("bytes a process: " << (before - after) / many);
    if (!detail::sanitizer::on()) // a tool has memory of its own for each page
        BOOST_TEST((before - after) / many > static_cast<long>(used_deeply) * 9 / 10);
}

BOOST_AUTO_TEST_SUITE_END()
