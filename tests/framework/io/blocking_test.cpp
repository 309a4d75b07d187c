// SPDX-License-Identifier: BSL-1.0
#include <boost/test/unit_test.hpp>
#include <condition_variable>
#include <coppice/blocking.hpp>
#include <coppice/process.hpp>
#include <coppice/receive.hpp>
#include <coppice/runtime.hpp>
#include <coppice/this_process.hpp>
#include <mutex>

using namespace coppice;

namespace {
struct note {
    int value;
};
/// A door at which a plain thread waits until it is opened.
struct door {
    std::mutex lock;
    std::condition_variable opened;
    bool open = false;
    void pass() {
        std::unique_lock hold{lock};
        opened.wait(hold, [&] { return open; });
    }
    void unlock() {
        const std::lock_guard hold{lock};
        open = true;
        opened.notify_all();
    }
};
} // namespace

BOOST_AUTO_TEST_SUITE(blocking_suite)

BOOST_AUTO_TEST_CASE(blocking_code_holds_its_process_only) {
    runtime::start({.threads = 1});
    runtime::run([] {
        static door d;
        const pid owner = this_process::self();
        spawn([owner] {
            const int n = blocking([] {
                d.pass();
                return 7;
            });
            owner.send(note{n});
        });
        // Runs on the only thread while the blocking code waits, and opens the door.
        spawn([owner] { owner.send(note{1}); });
        BOOST_TEST(this_process::receive<note>().value == 1);
        d.unlock();
        BOOST_TEST(this_process::receive<note>().value == 7);
    });
    runtime::stop();
}

BOOST_AUTO_TEST_CASE(an_exception_of_blocking_code_is_thrown_in_its_process) {
    runtime::run([] {
        BOOST_CHECK_EXCEPTION(blocking([] { throw std::runtime_error{"disk"}; }),
                              std::runtime_error,
                              [](const auto& e) { return e.what() == std::string{"disk"}; });
    });
}

BOOST_AUTO_TEST_CASE(a_kill_waits_for_blocking_code) {
    runtime::run([] {
        static door d;
        static bool finished;
        finished = false;
        const auto s = spawn_monitor([owner = this_process::self()] {
            blocking([owner] {
                owner.send(note{1});
                d.pass();
                finished = true;
            });
        });
        this_process::receive<note>();
        s.process.exit(exit_reason::kill);
        d.unlock();
        BOOST_TEST((this_process::receive<down>().reason == exit_reason::killed));
        BOOST_TEST(finished);
    });
}

BOOST_AUTO_TEST_SUITE_END()
