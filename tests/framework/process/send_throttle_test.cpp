// SPDX-License-Identifier: BSL-1.0
#include "process/send_throttle.hpp"
#include <atomic>
#include <boost/test/unit_test.hpp>
#include <coppice/process.hpp>
#include <coppice/process_info.hpp>
#include <coppice/receive.hpp>
#include <coppice/runtime.hpp>
#include <coppice/this_process.hpp>
#include <thread>

using namespace coppice;
using coppice::detail::send_throttle;

namespace {

struct item {};

/// A sender and its receiver, each of which stays on its thread.
struct two_threads {
    two_threads() { runtime::start({.threads = 2}); }
    ~two_threads() { runtime::stop(); }
    two_threads(const two_threads&) = delete;
    two_threads& operator=(const two_threads&) = delete;
};

/// The messages, of this many, for which the throttle gives this advice.
std::vector<int> told(send_throttle& p, int messages, send_throttle::advice what) {
    std::vector<int> at;
    for (int i = 1; i <= messages; ++i)
        if (p.sent_one() == what)
            at.push_back(i);
    return at;
}

void until(const std::atomic<bool>& happens) {
    while (!happens)
        std::this_thread::yield();
}

bool waits(pid process) {
    const auto i = process_info_from_outside(process);
    return i && i->status == process_status::waiting;
}

} // namespace

BOOST_AUTO_TEST_SUITE(send_throttle_suite)

BOOST_AUTO_TEST_CASE(a_sender_yields_after_each_64_messages) {
    send_throttle p;
    const std::vector<int> at = told(p, 511, send_throttle::advice::yield);
    BOOST_TEST((at == std::vector{64, 128, 192, 256, 320, 384, 448}));
}

BOOST_AUTO_TEST_CASE(a_sender_waits_after_each_512_messages) {
    send_throttle p;
    BOOST_TEST((told(p, 1500, send_throttle::advice::wait) == std::vector{512, 1024}));
}

BOOST_AUTO_TEST_CASE(a_sender_that_waited_in_vain_does_not_wait_again_soon) {
    send_throttle p;
    BOOST_TEST((told(p, 512, send_throttle::advice::wait) == std::vector{512}));
    p.waited_in_vain();
    BOOST_TEST((told(p, 40'000, send_throttle::advice::wait) ==
                std::vector{32'768, 33'280, 33'792, 34'304, 34'816, 35'328, 35'840, 36'352, 36'864,
                            37'376, 37'888, 38'400, 38'912, 39'424, 39'936}));
}

BOOST_FIXTURE_TEST_CASE(a_sender_does_not_hang_on_a_receiver_that_is_busy, two_threads) {
    std::atomic<bool> receives{false}, all_sent{false}, done{false};
    const pid receiver = spawn([&] {
        receives = true;
        until(all_sent);
        for (int i = 0; i < 10'000; ++i)
            this_process::receive<item>();
        done = true;
    });
    until(receives);
    spawn([&] {
        for (int i = 0; i < 10'000; ++i)
            receiver.send(item{});
        all_sent = true;
    });
    until(done);
}

BOOST_FIXTURE_TEST_CASE(a_sender_can_be_killed_while_it_waits, two_threads) {
    std::atomic<bool> receives{false}, is_killed{false}, done{false};
    std::atomic<pid> sender{};
    const pid receiver = spawn([&] {
        receives = true;
        while (!sender.load() || !waits(sender))
            std::this_thread::yield();
        (void)this_process::monitor(sender);
        sender.load().exit(exit_reason::kill);
        is_killed = this_process::receive<down>().reason == exit_reason::killed;
        done = true;
    });
    until(receives);
    sender = spawn([&] {
        for (;;) {
            for (int i = 0; i < 1000; ++i)
                receiver.send(item{}); // may wait, and is still no cancellation point
            this_process::yield();
        }
    });
    until(done);
    BOOST_TEST(is_killed);
}

BOOST_FIXTURE_TEST_CASE(a_receiver_may_die_while_its_sender_waits, two_threads) {
    std::atomic<bool> receives{false}, done{false};
    std::atomic<pid> sender{};
    const pid receiver = spawn([&] {
        receives = true;
        while (!sender.load() || !waits(sender))
            std::this_thread::yield();
    });
    until(receives);
    sender = spawn([&] {
        while (receiver.alive())
            receiver.send(item{});
        done = true;
    });
    until(done);
}

BOOST_AUTO_TEST_SUITE_END()
