// SPDX-License-Identifier: BSL-1.0
#include "support/sanitizer.hpp"
#include <atomic>
#include <boost/test/unit_test.hpp>
#include <chrono>
#include <coppice/log_record.hpp>
#include <coppice/process.hpp>
#include <coppice/report.hpp>
#include <coppice/runtime.hpp>
#include <csignal>
#include <mutex>
#include <poll.h>
#include <string>
#include <thread>

using namespace coppice;
using namespace std::chrono_literals;

// Beside the tests of throw traces, since coppice::throw_trace knows the names of functions that
// are not exported.
namespace {

bool is_sampled() { return !detail::sanitizer::on(); }

bool has_default_action() {
    struct sigaction now {};
    sigaction(SIGURG, nullptr, &now);
    return now.sa_handler == SIG_DFL;
}

/// The first long_handler report of a process that runs `f`.
template <class F>
long_handler report_of(F f) {
    std::mutex lock;
    long_handler seen;
    std::atomic<bool> told{false}, ended{false};
    const auto watch = log::subscribe(severity::warning, [&](const log::record& r) {
        if (const auto* e = r.get_if<long_handler>(); e && !told) {
            const std::lock_guard hold{lock};
            seen = *e;
            told = true;
        }
    });
    runtime::start({.threads = 2, .long_handler = 2ms});
    spawn([&] {
        f(told);
        ended = true;
    });
    while (!told || !ended)
        std::this_thread::yield();
    runtime::stop();
    const std::lock_guard hold{lock};
    return seen;
}

[[gnu::noinline]] void busy_in_here(const std::atomic<bool>& told) {
    while (!told) {}
    asm volatile("");
}
[[gnu::noinline]] void its_long_caller(const std::atomic<bool>& told) {
    busy_in_here(told);
    asm volatile(""); // no tail call
}
[[gnu::noinline]] void waits_in_here(std::mutex& m) {
    const std::lock_guard hold{m};
    asm volatile("");
}

#if defined(__x86_64__)
/// While it loops, the tables say that its caller's frame is found by rax, which holds no address.
[[gnu::noinline]] void has_wrong_tables(const std::atomic<bool>& told) {
    asm volatile(".cfi_remember_state\n"
                 "movl $16, %%eax\n"
                 ".cfi_def_cfa rax, 16\n"
                 "1: cmpb $0, (%0)\n"
                 "je 1b\n"
                 ".cfi_restore_state\n"
                 :
                 : "r"(&told)
                 : "rax", "cc", "memory");
}
#endif

std::size_t place_of(const std::string& text, std::string_view what) { return text.find(what); }

std::atomic<int> urgent{0};
void on_urgent(int) { ++urgent; }

} // namespace

BOOST_AUTO_TEST_SUITE(long_handler_trace_suite)

BOOST_AUTO_TEST_CASE(a_handler_that_computes_is_shown_with_its_stack) {
    const long_handler seen = report_of(its_long_caller);
    BOOST_TEST(seen.trace.empty() == !is_sampled());
    if (!is_sampled())
        return;
    const std::size_t inner = place_of(seen.trace, "busy_in_here");
    const std::size_t outer = place_of(seen.trace, "its_long_caller");
    BOOST_TEST_CONTEXT(seen.trace) {
        BOOST_TEST(inner != std::string::npos);
        BOOST_TEST(outer != std::string::npos);
        BOOST_TEST(inner < outer);
        BOOST_TEST(place_of(seen.trace, "coppice::detail") == std::string::npos);
    }
}

BOOST_AUTO_TEST_CASE(a_handler_that_waits_for_a_lock_is_shown_with_its_stack) {
    std::mutex held;
    std::thread holder;
    const long_handler seen = report_of([&](const std::atomic<bool>& told) {
        std::atomic<bool> is_held{false};
        holder = std::thread{[&] {
            const std::lock_guard hold{held};
            is_held = true;
            while (!told)
                std::this_thread::yield();
        }};
        while (!is_held)
            std::this_thread::yield();
        waits_in_here(held);
    });
    holder.join();
    if (is_sampled())
        BOOST_TEST_CONTEXT(seen.trace)
    BOOST_TEST(place_of(seen.trace, "waits_in_here") != std::string::npos);
}

#if defined(__x86_64__)
// The unwinder reads at address 24. The program goes on, and so does the handler.
BOOST_AUTO_TEST_CASE(a_walk_that_faults_ends_there) {
    const long_handler seen = report_of(has_wrong_tables);
    BOOST_TEST_CONTEXT(seen.trace)
    BOOST_TEST((seen.trace.find('\n') == std::string::npos)); // no frame but the innermost
    if (is_sampled())
        BOOST_TEST(place_of(seen.trace, "has_wrong_tables") != std::string::npos);
}
#endif

BOOST_AUTO_TEST_CASE(a_handler_that_waits_in_the_kernel_is_not_interrupted) {
    int answer = -1;
    const long_handler seen = report_of([&](const std::atomic<bool>& told) {
        while (!told)
            answer = poll(nullptr, 0, 100); // ms
    });
    BOOST_TEST(answer == 0);
    BOOST_TEST_CONTEXT(seen.trace)
    if (is_sampled()) // under valgrind the kernel sees its code
        BOOST_TEST(place_of(seen.trace, "poll") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_signal_handler_of_the_user_is_left_alone) {
    struct sigaction users {};
    users.sa_handler = &on_urgent;
    sigaction(SIGURG, &users, nullptr);
    const long_handler seen = report_of(its_long_caller);
    BOOST_TEST(seen.trace.empty());
    BOOST_TEST(urgent == 0);
    struct sigaction now {};
    sigaction(SIGURG, nullptr, &now);
    BOOST_TEST((now.sa_handler == &on_urgent));
    std::signal(SIGURG, SIG_DFL);
}

BOOST_AUTO_TEST_CASE(a_signal_handler_that_the_user_installs_later_is_left_alone) {
    const long_handler seen = report_of([](const std::atomic<bool>& told) {
        std::signal(SIGURG, &on_urgent);
        its_long_caller(told);
    });
    BOOST_TEST(seen.trace.empty());
    BOOST_TEST(urgent == 0);
    std::signal(SIGURG, SIG_DFL);
}

BOOST_AUTO_TEST_CASE(the_signal_has_its_default_action_again_after_the_stop) {
    runtime::start({.threads = 1});
    BOOST_TEST(has_default_action() == !is_sampled());
    runtime::stop();
    BOOST_TEST(has_default_action());
}

BOOST_AUTO_TEST_SUITE_END()
