// SPDX-License-Identifier: BSL-1.0
// use_process with the user's own io_context, which another thread or no thread runs.
#include "held_operation.hpp"
#include <atomic>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/test/unit_test.hpp>
#include <coppice/process.hpp>
#include <coppice/receive.hpp>
#include <coppice/runtime.hpp>
#include <coppice/this_process.hpp>
#include <coppice/use_process.hpp>
#include <memory>
#include <random>
#include <thread>
#include <vector>

using namespace coppice;
using namespace std::chrono_literals;
namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

struct with_runtime {
    with_runtime() { runtime::start({.threads = 2}); }
    ~with_runtime() { runtime::stop(); }
};

/// An io_context that threads of its own run.
class own_context {
public:
    explicit own_context(int threads = 1) {
        for (int i = 0; i < threads; ++i)
            threads_.emplace_back([this] { io.run(); });
    }
    ~own_context() {
        work_.reset();
        for (auto& t : threads_)
            t.join();
    }
    std::thread::id thread() const { return threads_.front().get_id(); }

    asio::io_context io;

private:
    asio::executor_work_guard<asio::io_context::executor_type> work_{io.get_executor()};
    std::vector<std::thread> threads_;
};

struct ready {};

/// The error with which an operation completes.
template <class F>
error_code error_of(F operation) {
    error_code ec;
    operation(use_process[ec]);
    return ec;
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(use_process_threads_suite, with_runtime)

BOOST_AUTO_TEST_CASE(a_kill_and_a_limit_cancel_on_the_thread_that_runs_the_io_context) {
    own_context own;
    runtime::run([&] {
        for (const bool kills : {false, true}) {
            held_operation<void(error_code)> op{own.io.get_executor()};
            auto p = spawn_monitor([&, owner = this_process::self()] {
                owner.send(ready{});
                op.start(use_process.until(kills ? time_limit{infinity} : time_limit{1ms}));
            });
            this_process::receive<ready>();
            if (kills)
                p.process.exit(exit_reason::kill);
            this_process::receive<down>();
            // A kill may come before the operation has begun.
            BOOST_TEST((op.cancelled == 0 || op.cancelled_by == own.thread()));
            BOOST_TEST((kills || op.cancelled == 1));
        }
    });
}

BOOST_AUTO_TEST_CASE(an_executor_that_is_bound_decides_where_it_is_cancelled) {
    own_context own, other;
    runtime::run([&] {
        held_operation<void(error_code)> op{own.io.get_executor()};
        const error_code ec = error_of(
            [&](auto token) { op.start(asio::bind_executor(other.io, token.until(1ms))); });
        BOOST_TEST((ec == asio::error::timed_out));
        BOOST_TEST((op.cancelled_by == other.thread()));
    });
}

// Real timers and sockets, cancelled by kills and limits at any moment: for the sanitizers.
BOOST_AUTO_TEST_CASE(operations_of_another_thread_are_cancelled_at_any_moment) {
    own_context own;
    asio::io_context& io = own.io;
    tcp::acceptor acceptor{io, {asio::ip::address_v4::loopback(), 0}};
    std::atomic<int> unwound{0};
    constexpr int rounds = 200;
    runtime::run([&] {
        std::minstd_rand random{17};
        for (int i = 0; i < rounds; ++i) {
            const auto limit = std::chrono::microseconds{random() % 2000};
            auto p = spawn_monitor([&, limit, reads = i % 2 == 0, owner = this_process::self()] {
                struct witness {
                    std::atomic<int>& count;
                    ~witness() { ++count; }
                } w{unwound};
                owner.send(ready{});
                error_code ec;
                if (!reads) {
                    asio::steady_timer timer{io, 1h};
                    timer.async_wait(use_process.until(limit)[ec]);
                    return;
                }
                tcp::socket near{io};
                near.async_connect(acceptor.local_endpoint(), use_process[ec]);
                char buffer[16];
                asio::async_read(near, asio::buffer(buffer), use_process.until(limit)[ec]);
            });
            this_process::receive<ready>();
            if (random() % 2) {
                this_process::sleep(std::chrono::microseconds{random() % 1000});
                p.process.exit(exit_reason::kill);
            }
            this_process::receive<down>();
        }
    });
    while (unwound < rounds)
        std::this_thread::yield();
    BOOST_TEST(unwound == rounds);
}

BOOST_AUTO_TEST_CASE(several_threads_need_a_strand) {
    own_context own{2};
    runtime::run([&] {
        for (int i = 0; i < 100; ++i) {
            const auto strand = asio::make_strand(own.io);
            asio::steady_timer timer{strand, 1h};
            const error_code ec = error_of([&](auto token) {
                timer.async_wait(token.until(std::chrono::microseconds{i * 10}));
            });
            BOOST_TEST((ec == asio::error::timed_out));
        }
    });
}

// --- handlers that are destroyed uncalled ---

BOOST_AUTO_TEST_CASE(an_io_context_that_is_destroyed_wakes_its_waiting_process) {
    auto io = std::make_unique<asio::io_context>(); // no thread runs it
    std::atomic<bool> holds{false};
    std::thread destroyer{[&] {
        while (!holds)
            std::this_thread::yield();
        io.reset();
    }};
    error_code ec;
    runtime::run([&] {
        const auto token = use_process[ec];
        asio::async_initiate<const use_process_t, void(error_code)>(
            [&](auto handler) {
                asio::post(*io, [h = std::move(handler)]() mutable { std::move(h)(error_code{}); });
                holds = true;
            },
            token);
    });
    destroyer.join();
    BOOST_TEST((ec == asio::error::operation_aborted));
}

BOOST_AUTO_TEST_CASE(a_handler_may_be_dropped_by_any_thread_beside_kills_and_limits) {
    runtime::run([&] {
        for (int i = 0; i < 300; ++i) {
            std::atomic<bool> holds{false};
            auto op = std::make_shared<held_operation<void(error_code)>>(
                asio::any_io_executor{this_process::io_executor()});
            op->ignores_cancellation = true;
            auto p = spawn_monitor([&] {
                error_code ec;
                const auto token =
                    use_process.until(std::chrono::microseconds{i % 3 ? 1'000'000 : 50});
                asio::async_initiate<const use_process_t, void(error_code)>(
                    [&](auto handler) {
                        op->start(std::move(handler));
                        holds = true;
                    },
                    token);
            });
            std::thread dropper{[&] {
                while (!holds)
                    std::this_thread::yield();
                op->drop();
            }};
            if (i % 2) {
                while (!holds)
                    this_process::yield();
                p.process.exit(exit_reason::kill);
            }
            this_process::receive<down>();
            dropper.join();
        }
    });
}

BOOST_AUTO_TEST_SUITE_END()
