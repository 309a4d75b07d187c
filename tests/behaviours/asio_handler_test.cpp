// SPDX-License-Identifier: BSL-1.0
// A handler of Asio on a thread of the runtime is not a process: it may send, but not wait.
#include <atomic>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/post.hpp>
#include <boost/test/unit_test.hpp>
#include <coppice/asio.hpp>
#include <coppice/gen_server.hpp>
#include <coppice/process_info.hpp>
#include <coppice/runtime.hpp>
#include <coppice/use_process.hpp>
#include <functional>
#include <stdexcept>
#include <thread>

using namespace coppice;

namespace {

struct note {};
struct notes {
    using reply = int;
};

class note_counter {
public:
    void handle_cast(note) { ++notes_; }
    int handle_call(notes) const { return notes_; }

private:
    int notes_ = 0;
};

/// Runs `f` as a plain handler on the one thread of a runtime that stops afterwards.
void as_a_plain_handler(const std::function<void()>& f) {
    runtime::start({.threads = 1});
    runtime::run([&] {
        std::atomic<bool> done{false};
        boost::asio::post(this_process::io_executor(), [&] {
            f();
            done = true;
        });
        while (!done)
            this_process::yield();
    });
    runtime::stop();
}

} // namespace

BOOST_AUTO_TEST_SUITE(asio_handler_suite)

BOOST_AUTO_TEST_CASE(a_handler_may_cast_and_spawn) {
    std::atomic<int> spawned{0};
    runtime::start({.threads = 1});
    runtime::run([&] {
        const auto d = start<note_counter>();
        boost::asio::post(this_process::io_executor(), [&, d] {
            for (int i = 0; i < 1000; ++i)
                d.cast(note{});
            spawn([&] { ++spawned; });
        });
        while (spawned == 0)
            this_process::yield();
        BOOST_TEST(d.call(notes{}) == 1000);
    });
    runtime::stop();
}

BOOST_AUTO_TEST_CASE(an_operation_that_would_wait_is_refused) {
    errc called{}, started{};
    bool is_described = false, refuses_to_wait = false;
    as_a_plain_handler([&] {
        started = try_start<note_counter>().error().code;
        const auto busy = processes().front();
        called = server_ref<note_counter>{busy}.try_call(notes{}).error().code;
        is_described = process_info(busy).has_value();
        try {
            (void)server_ref<note_counter>{busy}.send_request(notes{}).get();
        } catch (const std::logic_error& e) {
            refuses_to_wait = std::string{e.what()}.find("is no process") != std::string::npos;
        }
    });
    BOOST_TEST((started == errc::would_block));
    BOOST_TEST((called == errc::would_block));
    BOOST_TEST(is_described);
    BOOST_TEST(refuses_to_wait);
}

BOOST_AUTO_TEST_CASE(a_handler_may_call_without_waiting) {
    std::atomic<int> counted{-1};
    runtime::start({.threads = 1});
    runtime::run([&] {
        const auto d = start<note_counter>();
        d.cast(note{});
        const auto here = this_process::io_executor();
        boost::asio::post(here, [&, d, here] {
            async_call(d, notes{},
                       boost::asio::bind_executor(
                           here, [&](boost::system::error_code, int n) { counted = n; }));
        });
        while (counted < 0)
            this_process::yield();
    });
    runtime::stop();
    BOOST_TEST(counted == 1);
}

BOOST_AUTO_TEST_CASE(a_call_to_a_full_mailbox_is_refused) {
    std::atomic<bool> done{false};
    boost::system::error_code seen;
    runtime::start({.threads = 1});
    runtime::run([&] {
        const auto d = start<note_counter>({.mailbox = {.messages = 1}});
        const auto here = this_process::io_executor();
        boost::asio::post(here, [&, d, here] {
            d.cast(note{}); // the server cannot run before this handler returns
            async_call(d, notes{},
                       boost::asio::bind_executor(here, [&](boost::system::error_code ec, int) {
                           seen = ec;
                           done = true;
                       }));
        });
        while (!done)
            this_process::yield();
    });
    runtime::stop();
    BOOST_TEST((seen == errc::would_block));
}

BOOST_AUTO_TEST_CASE(an_answer_that_has_arrived_is_taken_without_waiting) {
    std::atomic<int> counted{-1};
    runtime::start({.threads = 1});
    runtime::run([&] {
        const auto d = start<note_counter>();
        auto answer = std::make_shared<pending<int>>(d.send_request(notes{}));
        while (!answer->ready())
            this_process::yield();
        boost::asio::post(this_process::io_executor(), [&, answer] { counted = answer->get(); });
        while (counted < 0)
            this_process::yield();
    });
    runtime::stop();
    BOOST_TEST(counted == 0);
}

BOOST_AUTO_TEST_SUITE_END()
