// SPDX-License-Identifier: BSL-1.0
#include "registry/biased_lock.hpp"
#include "support/asymmetric_fence.hpp"
#include <boost/test/unit_test.hpp>
#include <coppice/runtime.hpp>
#include <coppice/this_process.hpp>
#include <future>
#include <mutex>
#include <thread>
#include <vector>

using namespace coppice;
using coppice::detail::biased_lock;
using coppice::detail::kernel_fences_for_all;
using coppice::detail::reading;

namespace {

struct with_runtime {
    with_runtime() { runtime::start({.threads = 4}); }
    ~with_runtime() { runtime::stop(); }
};

/// In a process, to its end.
template <class F>
void in_process(F f) {
    std::promise<void> done;
    spawn([&] {
        f();
        done.set_value();
    });
    done.get_future().wait();
}

void read(biased_lock& l, unsigned times) {
    for (unsigned i = 0; i < times; ++i)
        const reading hold{l};
}

void write(biased_lock& l) { const std::lock_guard hold{l}; }

} // namespace

BOOST_FIXTURE_TEST_SUITE(biased_lock_suite, with_runtime)

BOOST_AUTO_TEST_CASE(reads_make_it_biased_and_a_write_ends_that) {
    biased_lock l;
    in_process([&] {
        for (int round = 0; round < 3; ++round) {
            read(l, biased_lock::reads_until_biased - 1);
            BOOST_TEST(!l.is_biased());
            read(l, 1);
            BOOST_TEST(l.is_biased() == kernel_fences_for_all.load());
            read(l, 10);
            BOOST_TEST(l.is_biased() == kernel_fences_for_all.load());
            write(l);
            BOOST_TEST(!l.is_biased());
        }
    });
}

// A plain thread gains nothing from it, and need not pay for it when it writes.
BOOST_AUTO_TEST_CASE(reads_of_plain_threads_do_not_make_it_biased) {
    biased_lock l;
    read(l, 2 * biased_lock::reads_until_biased);
    BOOST_TEST(!l.is_biased());
}

BOOST_AUTO_TEST_CASE(a_reader_may_read_under_another_lock_too) {
    biased_lock a, b;
    in_process([&] {
        read(a, biased_lock::reads_until_biased);
        read(b, biased_lock::reads_until_biased);
        {
            const reading outer{a};
            const reading inner{b};
            const detail::worker& here = *detail::this_worker;
            BOOST_TEST((!a.is_biased() || here.reads.load() == &a));
        }
        write(a);
        write(b);
        read(a, 1);
    });
    BOOST_TEST(!a.is_biased());
}

// Processes and plain threads read and write: none ever sees half of a write.
BOOST_AUTO_TEST_CASE(a_reader_sees_no_half_of_a_write) {
    struct pair {
        biased_lock lock;
        long one = 0, other = 0;
    } p;
    std::atomic<bool> over{false};
    std::atomic<long> reads{0}, torn{0}, biased{0};
    const auto look = [&] {
        biased += p.lock.is_biased();
        const reading hold{p.lock};
        torn += p.one != p.other;
        ++reads;
    };
    std::vector<std::thread> threads;
    threads.emplace_back([&] {
        while (!over)
            look();
    });
    std::atomic<int> readers{3};
    for (int i = 0; i < 3; ++i)
        spawn([&] {
            while (!over) {
                for (int k = 0; k < 300; ++k)
                    look();
                this_process::yield();
            }
            --readers;
        });
    constexpr long writes = 2'000;
    for (long n = 1; n <= writes; ++n) {
        const long before = reads;
        {
            const std::lock_guard hold{p.lock};
            ++p.one;
            std::this_thread::yield();
            ++p.other;
        }
        while (reads < before + 500) // enough for it to be biased now and then
            std::this_thread::yield();
    }
    over = true;
    for (std::thread& t : threads)
        t.join();
    while (readers > 0)
        std::this_thread::yield();
    BOOST_TEST(torn == 0);
    BOOST_TEST(p.one == writes);
    BOOST_TEST(((biased > 0) == kernel_fences_for_all.load()));
}

BOOST_AUTO_TEST_SUITE_END()
