// SPDX-License-Identifier: BSL-1.0
#include "in_simulation.hpp"
#include <atomic>
#include <boost/test/unit_test.hpp>
#include <coppice/detail/request.hpp>
#include <coppice/process_info.hpp>
#include <coppice/runtime.hpp>
#include <memory>
#include <thread>

using namespace coppice;
using namespace std::chrono_literals;

namespace {
struct item {
    int n;
};
struct go {};

/// Waits for `go`, then passes on all items that it finds.
pid slow_reader(mailbox_limit limit) {
    return spawn({.mailbox = limit}, [owner = this_process::self()] {
        this_process::sleep(1s);
        while (auto i = this_process::receive<item>(1s))
            owner.send(std::move(*i));
        owner.send(go{});
    });
}

std::vector<int> items_until_go() {
    std::vector<int> got;
    for (bool more = true; more;)
        this_process::receive([&](item i) { got.push_back(i.n); }, [&](go) { more = false; });
    return got;
}

std::optional<failure> try_send(pid to, int n, time_limit limit = infinity) {
    return detail::try_post(to, detail::make_node<detail::message_node<item>>(item{n}), limit);
}
} // namespace

BOOST_AUTO_TEST_SUITE(mailbox_suite)

BOOST_AUTO_TEST_CASE(reject_refuses_what_does_not_fit) {
    in_simulation([] {
        const pid r = slow_reader({.messages = 2, .policy = overflow_policy::reject});
        this_process::sleep(1ms);
        BOOST_TEST(!try_send(r, 1));
        BOOST_TEST(!try_send(r, 2));
        const auto refused = try_send(r, 3);
        BOOST_REQUIRE(refused.has_value());
        BOOST_TEST((refused->code == errc::mailbox_full));
        BOOST_TEST((items_until_go() == std::vector{1, 2}));
    });
}

BOOST_AUTO_TEST_CASE(drop_newest_keeps_the_old) {
    in_simulation([] {
        const pid r = slow_reader({.messages = 2, .policy = overflow_policy::drop_newest});
        this_process::sleep(1ms);
        for (int i = 1; i <= 5; ++i)
            r.send(item{i});
        BOOST_TEST((items_until_go() == std::vector{1, 2}));
    });
}

BOOST_AUTO_TEST_CASE(drop_oldest_keeps_the_new) {
    in_simulation([] {
        const pid r = slow_reader({.messages = 2, .policy = overflow_policy::drop_oldest});
        this_process::sleep(1ms);
        for (int i = 1; i <= 5; ++i)
            r.send(item{i});
        BOOST_TEST((items_until_go() == std::vector{4, 5}));
    });
}

BOOST_AUTO_TEST_CASE(drop_oldest_is_bounded_while_the_receiver_does_not_look) {
    constexpr int sent = 70'000;
    runtime::start({.threads = 1});
    std::atomic<bool> all_sent{false}, done{false};
    std::atomic<int> got{0};
    std::atomic<std::uint64_t> dropped_before{0}, dropped{0};
    const pid r = spawn({.mailbox = {.messages = 2, .policy = overflow_policy::drop_oldest}}, [&] {
        while (!all_sent)
            std::this_thread::yield();
        dropped_before = this_process::info().dropped;
        while (this_process::receive<item>(0ms))
            ++got;
        dropped = this_process::info().dropped;
        done = true;
    });
    for (int i = 0; i < sent; ++i)
        r.send(item{i});
    all_sent = true;
    while (!done)
        std::this_thread::yield();
    BOOST_TEST(dropped_before == static_cast<std::uint64_t>(sent - 65'536 - 2));
    BOOST_TEST(got == 2);
    BOOST_TEST(dropped == static_cast<std::uint64_t>(sent - 2));
    runtime::stop();
}

BOOST_AUTO_TEST_CASE(block_makes_the_sender_wait_and_loses_nothing) {
    in_simulation([] {
        const pid r = slow_reader({.messages = 2, .policy = overflow_policy::block});
        const auto before = this_process::now();
        for (int i = 1; i <= 50; ++i)
            r.send(item{i});
        BOOST_TEST((this_process::now() - before >= 990ms));
        const auto got = items_until_go();
        BOOST_TEST(got.size() == 50U);
        BOOST_TEST(std::is_sorted(got.begin(), got.end()));
    });
}

BOOST_AUTO_TEST_CASE(the_senders_deadline_holds_while_it_waits_for_room) {
    in_simulation([] {
        const pid r = slow_reader({.messages = 1, .policy = overflow_policy::block});
        this_process::sleep(1ms);
        BOOST_TEST(!try_send(r, 1));
        const auto refused = try_send(r, 2, 100ms);
        BOOST_REQUIRE(refused.has_value());
        BOOST_TEST((refused->code == errc::timeout));
        BOOST_TEST((items_until_go() == std::vector{1}));
    });
}

BOOST_AUTO_TEST_CASE(a_message_goes_with_a_sender_that_is_killed_while_it_waits_for_room) {
    in_simulation([] {
        struct load {
            std::shared_ptr<int> counted;
        };
        const auto count = std::make_shared<int>();
        const pid r = spawn({.mailbox = {.messages = 1}}, [] { this_process::sleep(1h); });
        const pid sender = spawn([=] {
            r.send(load{count});
            r.send(load{count});
        });
        this_process::sleep(1ms);
        sender.exit(exit_reason::kill);
        r.exit(exit_reason::kill);
        this_process::sleep(1ms);
        BOOST_TEST(count.use_count() == 1);
    });
}

BOOST_AUTO_TEST_CASE(signals_pass_a_full_mailbox) {
    in_simulation([] {
        const pid r = slow_reader({.messages = 1, .policy = overflow_policy::block});
        this_process::sleep(1ms);
        r.send(item{1});
        const monitor_ref m = this_process::monitor(r);
        r.exit(exit_reason::kill);
        const down d = this_process::receive<down>();
        BOOST_TEST((d.ref == m && d.reason == exit_reason::killed));
    });
}

BOOST_AUTO_TEST_CASE(a_sender_that_waits_for_room_learns_of_the_receivers_death) {
    in_simulation([] {
        const pid r = slow_reader({.messages = 1, .policy = overflow_policy::block});
        this_process::sleep(1ms);
        r.send(item{1});
        spawn([r] {
            this_process::sleep(10ms);
            r.exit(exit_reason::kill);
        });
        const auto refused = try_send(r, 2);
        BOOST_REQUIRE(refused.has_value());
        BOOST_TEST((this_process::now().time_since_epoch() < 2h));
    });
}

BOOST_AUTO_TEST_SUITE_END()
