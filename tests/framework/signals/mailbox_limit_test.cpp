// SPDX-License-Identifier: BSL-1.0
#include "in_simulation.hpp"
#include "messaging/reserved_room.hpp"
#include "recorded_events.hpp"
#include "signals/mailbox_limit.hpp"
#include <atomic>
#include <boost/test/unit_test.hpp>
#include <coppice/detail/request.hpp>
#include <coppice/process_info.hpp>
#include <coppice/report.hpp>
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

/// Waits for `go`, then sends on all items in its mailbox.
pid slow_reader(mailbox_limit limit) {
    return spawn({.mailbox = limit}, [owner = this_process::self()] {
        this_process::sleep(1s);
        while (auto i = this_process::receive<item>(1s))
            owner.send(std::move(*i));
        owner.send(go{});
    });
}

/// Runs `f` in a process with such a mailbox and returns its exit reason.
template <class F>
down spawn_monitored(mailbox_limit limit, F f) {
    const pid p = spawn({.mailbox = limit}, std::move(f));
    (void)this_process::monitor(p);
    return this_process::receive<down>();
}

std::vector<int> items_until_go() {
    std::vector<int> got;
    for (bool more = true; more;)
        this_process::receive([&](item i) { got.push_back(i.n); }, [&](go) { more = false; });
    return got;
}

std::optional<failure> try_send(pid to, int n, time_limit limit = infinity) {
    return detail::try_post(to, detail::make_envelope<detail::message_envelope<item>>(item{n}),
                            limit);
}
} // namespace

BOOST_AUTO_TEST_SUITE(mailbox_limit_suite)

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

// --- reserved room ---

// A call that closes a ring, a kill between reservation and delivery: a sender that does not
// deliver gives the room back, and a sender that waited for it gets it.
BOOST_AUTO_TEST_CASE(room_that_was_reserved_in_vain_goes_to_the_next_sender) {
    in_simulation([] {
        const pid r = spawn({.mailbox = {.messages = 1}}, [owner = this_process::self()] {
            owner.send(this_process::receive<item>());
        });
        this_process::sleep(1ms);
        pid sender;
        {
            detail::message_envelope<item> never_sent{item{1}};
            detail::reserved_room room{r};
            BOOST_TEST(!room.reserve(&never_sent, infinity));
            sender = spawn([r] { r.send(item{2}); });
            this_process::sleep(1ms);
            BOOST_TEST(sender.alive()); // the sender waits
        }
        BOOST_TEST(this_process::receive<item>(1s).value().n == 2);
        BOOST_TEST(!sender.alive());
    });
}

BOOST_AUTO_TEST_CASE(room_of_a_dead_process_goes_to_no_later_one) {
    in_simulation([] {
        detail::message_envelope<item> never_sent{item{1}};
        const pid r = slow_reader({.messages = 1, .policy = overflow_policy::reject});
        {
            detail::reserved_room room{r};
            BOOST_TEST(!room.reserve(&never_sent, infinity));
            r.exit(exit_reason::kill);
            this_process::sleep(1ms);
            for (int i = 0; i < 100; ++i) // one of them gets the slot of the dead process
                (void)slow_reader({.messages = 1, .policy = overflow_policy::reject});
        }
        for (const pid p : processes())
            if (p != this_process::self())
                BOOST_TEST((try_send(p, 1) || try_send(p, 2)));
    });
}

// --- messages to the sender itself, and messages whose loss the sender is not told ---

BOOST_AUTO_TEST_CASE(a_process_is_told_that_its_own_mailbox_is_full) {
    in_simulation([] {
        const auto d = spawn_monitored({.messages = 2}, [] {
            const pid me = this_process::self();
            BOOST_TEST(!try_send(me, 1));
            BOOST_TEST(!try_send(me, 2));
            const auto refused = try_send(me, 3);
            BOOST_REQUIRE(refused.has_value());
            BOOST_TEST((refused->code == errc::mailbox_full));
            BOOST_TEST(this_process::receive<item>().n == 1);
            BOOST_TEST(!try_send(me, 4));
        });
        BOOST_TEST((d.reason == exit_reason::normal));
    });
}

BOOST_AUTO_TEST_CASE(a_message_lost_without_an_error_is_counted_and_reported) {
    for (const auto policy : {overflow_policy::block, overflow_policy::reject,
                              overflow_policy::drop_newest, overflow_policy::drop_oldest})
        in_simulation([policy] {
            const recorded_events<message_dropped> reports;
            const auto d = spawn_monitored({.messages = 2, .policy = policy}, [] {
                for (int i = 1; i <= 5; ++i)
                    this_process::self().send(item{i});
                int got = 0;
                while (this_process::receive<item>(0ms))
                    ++got;
                BOOST_TEST(got == 2);
                BOOST_TEST(this_process::info().dropped == 3U);
            });
            BOOST_TEST((d.reason == exit_reason::normal));
            BOOST_TEST(reports.all.size() == 2U); // for the first and the second message
        });
}

BOOST_AUTO_TEST_CASE(drop_oldest_keeps_its_bound_while_a_receive_waits_for_something_else) {
    in_simulation([] {
        struct open {};
        const pid r = spawn({.mailbox = {.messages = 2, .policy = overflow_policy::drop_oldest}},
                            [owner = this_process::self()] {
                                this_process::receive<open>();
                                while (auto i = this_process::receive<item>(0ms))
                                    owner.send(std::move(*i));
                                owner.send(go{});
                            });
        for (int i = 1; i <= 10; ++i) {
            this_process::sleep(1ms); // the receive looks at each message as it comes
            r.send(item{i});
        }
        this_process::sleep(1ms);
        BOOST_TEST(process_info(r)->messages == 2U);
        r.send(open{}); // the third message
        BOOST_TEST((items_until_go() == std::vector{10}));
    });
}

BOOST_AUTO_TEST_SUITE_END()
