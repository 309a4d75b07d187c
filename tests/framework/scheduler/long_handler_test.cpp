// SPDX-License-Identifier: BSL-1.0
#include <atomic>
#include <boost/asio/post.hpp>
#include <boost/test/unit_test.hpp>
#include <coppice/log_record.hpp>
#include <coppice/names.hpp>
#include <coppice/process.hpp>
#include <coppice/receive.hpp>
#include <coppice/report.hpp>
#include <coppice/runtime.hpp>
#include <coppice/this_process.hpp>
#include <coppice/use_process.hpp>
#include <mutex>
#include <thread>
#include <vector>

using namespace coppice;
using namespace std::chrono_literals;

namespace {

/// The long_handler reports of a runtime whose time_slice is 2 ms.
struct with_reports {
    with_reports() { runtime::start({.threads = 2, .long_handler = 2ms}); }
    ~with_reports() { runtime::stop(); }

    void wait_for(std::size_t n) const {
        while (count < n)
            std::this_thread::yield();
    }

    std::atomic<bool> on{true}; // the busy processes run
    std::mutex lock;
    std::vector<long_handler> seen;
    std::atomic<std::size_t> count{0};
    log::subscription watch = log::subscribe(severity::warning, [this](const log::record& r) {
        if (const auto* e = r.get_if<long_handler>()) {
            const std::lock_guard hold{lock};
            seen.push_back(*e);
            ++count;
        }
    });
};

struct work {};

} // namespace

BOOST_FIXTURE_TEST_SUITE(long_handler_suite, with_reports)

BOOST_AUTO_TEST_CASE(a_process_that_holds_its_thread_is_named) {
    const pid busy = spawn([this] {
        register_name("the_busy_one", this_process::self()).value();
        while (on) // never suspends
            std::this_thread::yield();
    });
    wait_for(1);
    on = false;
    const std::lock_guard hold{lock};
    BOOST_TEST((seen[0].process == busy));
    BOOST_TEST(seen[0].name == "the_busy_one");
    BOOST_TEST((seen[0].ran >= 2ms));
}

BOOST_AUTO_TEST_CASE(a_handler_of_asio_is_named_as_such) {
    spawn([this] {
        boost::asio::post(this_process::io_executor(), [this] {
            while (on)
                std::this_thread::yield();
        });
        while (on)
            this_process::yield();
    });
    wait_for(1);
    on = false;
    const std::lock_guard hold{lock};
    BOOST_TEST(!seen[0].process);
    BOOST_TEST(seen[0].name == "a handler of Asio");
    BOOST_TEST((seen[0].ran >= 2ms));
}

BOOST_AUTO_TEST_CASE(a_handler_is_reported_again_when_it_took_ten_times_as_long) {
    spawn([this] {
        while (on)
            std::this_thread::yield();
    });
    wait_for(2);
    on = false;
    const std::lock_guard hold{lock};
    BOOST_TEST((seen[1].process == seen[0].process));
    BOOST_TEST((seen[1].ran >= 20ms));
}

BOOST_AUTO_TEST_CASE(a_waiting_process_holds_no_thread) {
    const pid waits = spawn([] { this_process::receive<work>(); });
    const pid sleeps = spawn([] { this_process::sleep(1h); });
    const pid busy = spawn([this] {
        while (on)
            std::this_thread::yield();
    });
    wait_for(2); // the waiting processes have waited for as long
    on = false;
    const std::lock_guard hold{lock};
    for (const long_handler& e : seen) {
        BOOST_TEST((e.process != waits));
        BOOST_TEST((e.process != sleeps));
        BOOST_TEST((e.process == busy));
    }
}

BOOST_AUTO_TEST_SUITE_END()
