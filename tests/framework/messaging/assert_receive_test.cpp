// SPDX-License-Identifier: BSL-1.0
#include <boost/test/unit_test.hpp>
#include <coppice/assert_receive.hpp>
#include <coppice/names.hpp>
#include <in_simulation.hpp>

using namespace coppice;
using namespace std::chrono_literals;
using testing::assert_receive;
using testing::refute_receive;

namespace {

struct ping {
    int id;
};
struct pong {};

/// The sentence with which `f` fails.
template <class F>
std::string sentence(F f) {
    try {
        f();
    } catch (const testing::receive_failed& e) {
        std::string what = e.what();
        for (const std::string unnamed : {"{anonymous}::", "(anonymous namespace)::"})
            for (std::size_t at = 0; (at = what.find(unnamed)) != what.npos;)
                what.erase(at, unnamed.size());
        return what;
    }
    return "no failure";
}

void send_to_myself(auto m) { this_process::self().send(std::move(m)); }

} // namespace

BOOST_AUTO_TEST_SUITE(assert_receive_suite)

BOOST_AUTO_TEST_CASE(takes_what_has_come_and_waits_for_what_comes) {
    in_simulation([] {
        send_to_myself(pong{});
        send_to_myself(ping{1});
        BOOST_TEST(assert_receive<ping>().id == 1);
        this_process::self().send_after(50ms, ping{2});
        BOOST_TEST(assert_receive<ping>().id == 2);
        assert_receive<pong>(); // it has stayed
    });
}

BOOST_AUTO_TEST_CASE(takes_the_next_that_fits) {
    in_simulation([] {
        for (const int id : {1, 2, 3})
            send_to_myself(ping{id});
        BOOST_TEST(assert_receive([](const ping& p) { return p.id == 2; }).id == 2);
        BOOST_TEST(assert_receive<ping>().id == 1);
        refute_receive([](const ping& p) { return p.id == 1; });
        BOOST_TEST(assert_receive<ping>().id == 3);
    });
}

BOOST_AUTO_TEST_CASE(says_what_lies_in_the_mailbox_instead) {
    in_simulation([] {
        BOOST_TEST(sentence([] { assert_receive<ping>(); }) ==
                   "no ping came within 100 ms; the mailbox is empty");
        send_to_myself(pong{});
        BOOST_TEST(sentence([] { assert_receive<ping>(2s); }) ==
                   "no ping came within 2 s; one message lies in the mailbox: pong");
        send_to_myself(ping{1});
        send_to_myself(pong{});
        BOOST_TEST(sentence([] { assert_receive([](const ping& p) { return p.id == 2; }); }) ==
                   "no ping that fits came within 100 ms; 3 messages lie in the mailbox: pong "
                   "(twice), ping");
        BOOST_TEST(assert_receive<ping>().id == 1); // nothing was taken
    });
}

BOOST_AUTO_TEST_CASE(refutes_what_is_there_and_what_comes) {
    in_simulation([] {
        const auto before = this_process::now();
        refute_receive<ping>(1s);
        BOOST_TEST((this_process::now() - before == 1s));
        this_process::self().send_after(50ms, ping{1});
        send_to_myself(pong{});
        BOOST_TEST(sentence([] { refute_receive<ping>(); }) ==
                   "an unexpected ping came; behind it: one message lies in the mailbox: pong");
        this_process::self().send_after(200ms, ping{2});
        refute_receive<ping>(); // too early
    });
}

BOOST_AUTO_TEST_CASE(shows_a_full_mailbox_in_short) {
    in_simulation([] {
        for (int i = 0; i < 1000; ++i)
            send_to_myself(ping{i});
        BOOST_TEST(sentence([] { assert_receive<pong>(0s); }) ==
                   "no pong came within 0 ns; 1000 messages lie in the mailbox: ping (1000 times)");
    });
}

BOOST_AUTO_TEST_SUITE_END()
