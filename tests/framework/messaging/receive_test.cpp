// SPDX-License-Identifier: BSL-1.0
#include "in_simulation.hpp"
#include <boost/test/unit_test.hpp>
#include <stdexcept>

using namespace coppice;
using namespace std::chrono_literals;

namespace {
struct ping {
    int id;
};
struct pong {
    int id;
};
} // namespace

BOOST_AUTO_TEST_SUITE(receive_suite)

BOOST_AUTO_TEST_CASE(takes_the_oldest_that_fits_and_leaves_the_others) {
    in_simulation([] {
        const pid me = this_process::self();
        me.send(ping{1});
        me.send(pong{2});
        me.send(pong{3});
        BOOST_TEST(this_process::receive<pong>().id == 2);
        BOOST_TEST(this_process::receive(when([](const pong& p) { return p.id == 3; },
                                              [](pong p) { return p.id; })) == 3);
        BOOST_TEST(this_process::receive<ping>().id == 1);
    });
}

BOOST_AUTO_TEST_CASE(any_message_fits_a_pattern_of_message) {
    in_simulation([] {
        this_process::self().send(ping{7});
        this_process::receive([](message m) {
            BOOST_TEST(m.type() == "{anonymous}::ping");
            BOOST_REQUIRE(m.get_if<ping>());
            BOOST_TEST(m.get_if<ping>()->id == 7);
            BOOST_TEST(!m.get_if<pong>());
        });
    });
}

BOOST_AUTO_TEST_CASE(gives_up_when_the_time_is_up_and_not_before) {
    in_simulation([] {
        const auto before = this_process::now();
        BOOST_TEST(!this_process::receive<ping>(250ms));
        const auto waited = this_process::now() - before;
        BOOST_TEST((waited >= 250ms && waited < 260ms));
    });
}

// A message that does not fit makes the process runnable; the timeout comes before it runs.
BOOST_AUTO_TEST_CASE(gives_up_when_another_message_comes_at_the_moment_of_the_timeout) {
    in_simulation([] {
        const pid me = this_process::self();
        const auto before = this_process::now();
        (void)me.send_after(250ms, pong{1});
        (void)me.send_after(1h, ping{1}); // ends a receive that has lost its limit
        BOOST_TEST(!this_process::receive<ping>(250ms));
        BOOST_TEST((this_process::now() - before < 260ms));
    });
}

BOOST_AUTO_TEST_CASE(a_condition_that_throws_leaves_nothing_behind) {
    in_simulation([] {
        spawn([to = this_process::self()] {
            this_process::sleep(1ms);
            to.send(ping{1});
        });
        const auto throws = [](const ping&) -> bool { throw std::runtime_error{"no"}; };
        BOOST_CHECK_THROW(this_process::receive(when(throws, [](ping) {}), after(1s, [] {})),
                          std::runtime_error);
        this_process::sleep(2s); // nothing ends the sleep early, and no old limit fires
        BOOST_TEST(this_process::receive<ping>().id == 1);
    });
}

// A signal makes the process take its messages while the condition waits.
BOOST_AUTO_TEST_CASE(a_message_that_comes_while_a_condition_waits_is_found) {
    in_simulation([] {
        const pid p = spawn([to = this_process::self()] {
            const auto second = [](const ping& p) {
                this_process::sleep(1s);
                return p.id == 2;
            };
            this_process::receive(when(second, [&](ping p) { to.send(std::move(p)); }));
        });
        p.send(ping{1});
        this_process::sleep(500ms);
        p.send(ping{2});
        (void)this_process::monitor(p);
        this_process::sleep(100ms);
        BOOST_TEST(this_process::receive<ping>(10s).value().id == 2);
    });
}

// The message at which the walk through the mailbox stands may be gone.
BOOST_AUTO_TEST_CASE(a_condition_may_take_messages_itself) {
    in_simulation([] {
        const pid me = this_process::self();
        for (int i = 1; i <= 4; ++i)
            me.send(ping{i});
        me.send(pong{0});
        int asked = 0;
        const auto takes_two = [&](const pong&) {
            if (++asked == 1)
                for (int i = 1; i <= 2; ++i)
                    this_process::receive<ping>();
            return true;
        };
        const bool got = this_process::receive(when(takes_two, [](pong) { return true; }),
                                               after(1s, [] { return false; }));
        BOOST_TEST(got);
        BOOST_TEST(this_process::receive<ping>().id == 3);
        const auto takes_itself = [](const ping&) {
            this_process::receive<ping>();
            return true;
        };
        BOOST_TEST(this_process::receive(when(takes_itself, [](ping) { return false; }),
                                         after(1s, [] { return true; })));
    });
}

BOOST_AUTO_TEST_CASE(a_receive_without_time_looks_once) {
    in_simulation([] {
        this_process::self().send(ping{1});
        BOOST_TEST(this_process::receive<ping>(0ms).has_value());
        BOOST_TEST(!this_process::receive<ping>(0ms).has_value());
    });
}

BOOST_AUTO_TEST_CASE(messages_of_one_sender_stay_in_order) {
    in_simulation([] {
        constexpr int senders = 5, each = 200;
        for (int s = 0; s < senders; ++s)
            spawn(
                [](pid to, int sender) {
                    for (int i = 0; i < each; ++i) {
                        to.send(ping{sender * 1000 + i});
                        if (i % 17 == 0)
                            this_process::yield();
                    }
                },
                this_process::self(), s);
        std::vector<int> next(senders, 0);
        for (int i = 0; i < senders * each; ++i) {
            const int id = this_process::receive<ping>().id;
            BOOST_REQUIRE(id % 1000 == next[static_cast<std::size_t>(id / 1000)]++);
        }
    });
}

BOOST_AUTO_TEST_SUITE_END()
