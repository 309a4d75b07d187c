// SPDX-License-Identifier: BSL-1.0
#include "recorded_events.hpp"
#include <atomic>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <boost/fiber/future.hpp>
#include <boost/fiber/mutex.hpp>
#include <boost/test/unit_test.hpp>
#include <coppice/process.hpp>
#include <coppice/receive.hpp>
#include <coppice/report.hpp>
#include <coppice/runtime.hpp>
#include <coppice/this_process.hpp>
#include <coppice/use_process.hpp>
#include <functional>
#include <mutex>
#include <stdexcept>
#include <thread>

using namespace coppice;
using namespace std::chrono_literals;
namespace asio = boost::asio;
using asio::ip::tcp;

namespace {
struct port_number {
    unsigned short value;
};

/// Accepts one connection and echoes until the peer closes.
void echo_once(pid owner) {
    tcp::acceptor acceptor{this_process::io_executor(), {asio::ip::address_v4::loopback(), 0}};
    owner.send(port_number{acceptor.local_endpoint().port()});
    tcp::socket socket{this_process::io_executor()};
    acceptor.async_accept(socket, use_process);
    char buffer[256];
    for (;;) {
        boost::system::error_code ec;
        const std::size_t n = socket.async_read_some(asio::buffer(buffer), use_process[ec]);
        if (ec)
            return;
        asio::async_write(socket, asio::buffer(buffer, n), use_process);
    }
}
} // namespace

BOOST_AUTO_TEST_SUITE(asio_suite)

// A plain handler runs when a thread polls for I/O: on the stack of the process that waits there,
// or while the thread sleeps.
namespace {
/// Runs `handler` on the thread of a process, which goes on afterwards.
void run_beside_a_process(const std::function<void()>& handler) {
    for (const bool thread_sleeps : {false, true}) {
        std::atomic<bool> done{false}, has_ended{false};
        spawn([&] {
            asio::post(this_process::io_executor(), [&] {
                done = true;
                handler();
            });
            while (!done)
                if (thread_sleeps)
                    this_process::sleep(1ms);
                else
                    this_process::yield();
            has_ended = true;
        });
        while (!has_ended)
            std::this_thread::yield();
    }
}
} // namespace

BOOST_AUTO_TEST_CASE(a_plain_handler_is_no_process) {
    runtime::start({.threads = 1});
    bool has_no_process = true;
    run_beside_a_process([&] { has_no_process &= !this_process::self(); });
    BOOST_TEST(has_no_process);
    runtime::stop();
}

BOOST_AUTO_TEST_CASE(a_plain_handler_that_fails_is_reported_and_harms_no_process) {
    const recorded_events<runtime_notice> notices;
    runtime::start({.threads = 1});
    run_beside_a_process([] { throw std::runtime_error{"no such file"}; });
    runtime::stop();
    BOOST_TEST_REQUIRE(notices.all.size() == 2U);
    for (const auto& n : notices.all)
        BOOST_TEST(n.text.find("handler of Asio failed: std::runtime_error: no such file") !=
                   std::string::npos);
}

// The handler has a stack of its own: a process that waits for something else on that thread is not
// woken by it, and does not run twice.
BOOST_AUTO_TEST_CASE(a_plain_handler_may_wait_in_a_primitive_of_boost_fiber) {
    for (const std::size_t threads : {1U, 2U})
        for (const bool thread_sleeps : {false, true}) {
            runtime::start({.threads = threads});
            const auto let_others_run = [=] {
                if (thread_sleeps)
                    this_process::sleep(1ms);
                else
                    this_process::yield();
            };
            boost::fibers::mutex m;
            std::atomic<bool> is_held{false}, unlocks{false}, tries{false}, got{false};
            std::atomic<int> turns{0};
            runtime::run([&] {
                const auto holder = spawn_monitor([&] {
                    const std::lock_guard hold{m};
                    is_held = true;
                    while (!unlocks)
                        let_others_run();
                });
                while (!is_held)
                    let_others_run();
                asio::post(this_process::io_executor(), [&] {
                    tries = true;
                    const std::lock_guard hold{m};
                    got = true;
                });
                while (!tries)
                    let_others_run();
                for (; turns < 20; ++turns)
                    let_others_run();
                BOOST_TEST(!got);
                unlocks = true;
                while (!got)
                    let_others_run();
                BOOST_TEST((this_process::receive<down>().ref == holder.monitor));
                asio::post(this_process::io_executor(), use_process); // handlers run again
            });
            runtime::stop();
        }
}

BOOST_AUTO_TEST_CASE(a_plain_handler_that_waits_for_ever_does_not_hold_up_the_stop) {
    static auto& never = *new boost::fibers::promise<void>;
    std::atomic<bool> waits{false};
    runtime::start({.threads = 1});
    runtime::run([&] {
        asio::post(this_process::io_executor(), [&] {
            waits = true;
            never.get_future().wait();
        });
        while (!waits)
            this_process::sleep(1ms);
        this_process::sleep(1ms);
    });
    BOOST_TEST(runtime::stop().empty());
}

BOOST_AUTO_TEST_CASE(an_operation_suspends_its_process_only) {
    runtime::run([] {
        const auto server = spawn_monitor(echo_once, this_process::self());
        const auto port = this_process::receive<port_number>().value;
        {
            tcp::socket socket{this_process::io_executor()};
            socket.async_connect({asio::ip::address_v4::loopback(), port}, use_process);
            for (int i = 0; i < 100; ++i) {
                const std::string out = "hello " + std::to_string(i);
                asio::async_write(socket, asio::buffer(out), use_process);
                std::string in(out.size(), ' ');
                asio::async_read(socket, asio::buffer(in), use_process);
                BOOST_REQUIRE(in == out);
            }
        }
        const down d = this_process::receive<down>();
        BOOST_TEST((d.ref == server.monitor && d.reason == exit_reason::normal));
    });
}

BOOST_AUTO_TEST_CASE(an_error_is_thrown_or_stored) {
    runtime::run([] {
        tcp::acceptor closed{this_process::io_executor(), {asio::ip::address_v4::loopback(), 0}};
        const auto port = closed.local_endpoint();
        closed.close();
        tcp::socket socket{this_process::io_executor()};
        BOOST_CHECK_THROW(socket.async_connect(port, use_process), boost::system::system_error);
        boost::system::error_code ec;
        tcp::socket second{this_process::io_executor()};
        second.async_connect(port, use_process[ec]);
        BOOST_TEST((ec == asio::error::connection_refused));
    });
}

BOOST_AUTO_TEST_CASE(a_limit_cancels_the_operation) {
    runtime::run([] {
        tcp::acceptor a{this_process::io_executor(), {asio::ip::address_v4::loopback(), 0}};
        tcp::socket socket{this_process::io_executor()};
        boost::system::error_code ec;
        a.async_accept(socket, use_process.until(20ms)[ec]);
        BOOST_TEST((ec == asio::error::timed_out));
    });
}

BOOST_AUTO_TEST_CASE(a_kill_cancels_the_operation_and_unwinds) {
    runtime::run([] {
        static bool unwound;
        unwound = false;
        const auto s = spawn_monitor([owner = this_process::self()] {
            struct witness {
                ~witness() { unwound = true; }
            } w;
            tcp::acceptor a{this_process::io_executor(), {asio::ip::address_v4::loopback(), 0}};
            tcp::socket socket{this_process::io_executor()};
            owner.send(port_number{1});
            a.async_accept(socket, use_process);
        });
        this_process::receive<port_number>();
        s.process.exit(exit_reason::kill);
        BOOST_TEST((this_process::receive<down>().reason == exit_reason::killed));
        while (!unwound)
            this_process::yield();
    });
}

BOOST_AUTO_TEST_SUITE_END()
