// SPDX-License-Identifier: BSL-1.0
// The bound of a server's mailbox counts the messages of users only.
#include "in_simulation.hpp"
#include <boost/test/unit_test.hpp>
#include <coppice/gen_server.hpp>
#include <coppice/process_info.hpp>
#include <coppice/sys.hpp>

using namespace coppice;
using namespace std::chrono_literals;

namespace {

struct item {
    int n;
};
struct items {
    using reply = std::vector<int>;
};
struct take_any {
    std::chrono::milliseconds idle;
};
struct idle_after {
    std::chrono::milliseconds time;
    std::chrono::milliseconds works = 0ms;
};
struct timeouts {
    using reply = int;
};
struct successes {
    using reply = int;
};
struct work {
    std::chrono::milliseconds time;
};
struct receive_and_work {
    std::chrono::milliseconds before, after;
};
struct fill {
    pid target;
};
struct work_with {
    pid partner;
};
struct subject {
    std::vector<int> got;
    int timed_out = 0;
    int any = 0;

    void handle_cast(item i) { got.push_back(i.n); }
    void handle_cast(idle_after i) {
        this_process::sleep(i.works);
        this_process::idle_timeout(i.time);
    }
    void handle_cast(take_any) {
        any += this_process::receive([](message) { return 1; }, after(10s, [] { return 0; }));
    }
    void handle_cast(work t) { this_process::sleep(t.time); }
    void handle_cast(receive_and_work t) {
        this_process::sleep(t.before);
        got.push_back(this_process::receive<item>().n);
        this_process::sleep(t.after);
    }
    void handle_cast(work_with w) {
        const auto r = server_ref<subject>{w.partner}.try_call(timeouts{}, 1s);
        any += r ? 1 : 0;
    }
    void handle_cast(fill f) { server_ref<subject>{f.target}.cast(item{1}); }
    void handle_info(timeout) { ++timed_out; }
    std::vector<int> handle_call(items) { return got; }
    int handle_call(timeouts) { return timed_out; }
    int handle_call(successes) { return any; }
};

server_ref<subject> start_bounded(overflow_policy policy, std::uint32_t messages = 2) {
    return start<subject>({.mailbox = {.messages = messages, .policy = policy}});
}

void suspend(pid p) { BOOST_REQUIRE(!sys::try_suspend(p).has_error()); }
void resume(pid p) { BOOST_REQUIRE(!sys::try_resume(p).has_error()); }

} // namespace

BOOST_AUTO_TEST_SUITE(bounded_server_suite)

// A parked message keeps its room, however often the server looks into its mailbox meanwhile.
BOOST_AUTO_TEST_CASE(a_suspended_server_keeps_its_bound) {
    const struct {
        overflow_policy policy;
        std::vector<int> kept;
    } table[] = {{overflow_policy::block, {1, 2}},
                 {overflow_policy::reject, {1, 2}},
                 {overflow_policy::drop_newest, {1, 2}},
                 {overflow_policy::drop_oldest, {4, 5}}};
    for (const auto& row : table)
        in_simulation([&row] {
            const auto s = start_bounded(row.policy);
            suspend(s);
            for (int i = 1; i <= 5; ++i) {
                (void)s.try_cast(item{i}, 0s);
                this_process::sleep(1ms);
            }
            resume(s);
            this_process::sleep(1ms);
            BOOST_TEST(s.call(items{}) == row.kept, boost::test_tools::per_element());
            s.cast(item{6}); // all room is free again
            s.cast(item{7});
            this_process::sleep(1ms);
            BOOST_TEST(s.call(items{}).size() == 4U);
        });
}

// Each request for its info makes the process take its messages, in a handler and between two.
BOOST_AUTO_TEST_CASE(drop_oldest_keeps_its_bound_whenever_messages_are_taken) {
    for (const auto works : {1000ms, 20ms})
        in_simulation([works] {
            const auto s = start_bounded(overflow_policy::drop_oldest);
            s.cast(idle_after{1h, works});
            this_process::sleep(1ms);
            for (int i = 1; i <= 10; ++i) {
                s.cast(item{i});
                (void)process_info(s);
            }
            this_process::sleep(2s);
            const std::vector<int> newest{9, 10};
            BOOST_TEST(s.call(items{}) == newest, boost::test_tools::per_element());
        });
}

// A sender waits for room, and not for the handler that made the room by taking its message.
BOOST_AUTO_TEST_CASE(a_sender_that_waits_for_room_goes_on_when_a_message_has_left) {
    in_simulation([] {
        const auto s = start_bounded(overflow_policy::block, 1);
        s.cast(work{1s});
        this_process::sleep(1ms);
        s.cast(work{1h}); // fills the mailbox, and leaves when the first is done
        const auto before = this_process::now();
        s.cast(item{1});
        BOOST_TEST((this_process::now() - before < 2s));
    });
}

BOOST_AUTO_TEST_CASE(a_sender_goes_on_when_a_handler_receives_what_filled_the_mailbox) {
    in_simulation([] {
        const auto s = start_bounded(overflow_policy::block, 1);
        s.cast(receive_and_work{1s, 1h});
        this_process::sleep(1ms);
        s.process().send(item{1}); // fills the mailbox, and is received after a second
        const auto before = this_process::now();
        s.process().send(item{2});
        BOOST_TEST((this_process::now() - before < 2s));
    });
}

BOOST_AUTO_TEST_CASE(a_sender_that_has_room_is_no_link_in_a_ring_of_calls) {
    in_simulation([] {
        const auto s = start_bounded(overflow_policy::block, 1);
        const auto sender = start<subject>();
        s.cast(work{1s});
        this_process::sleep(1ms);
        s.cast(work_with{sender});
        sender.cast(fill{s}); // waits for room that is free when `s` calls the sender
        this_process::sleep(10s);
        BOOST_TEST(s.call(successes{}) == 1);
    });
}

BOOST_AUTO_TEST_CASE(a_handler_that_receives_any_message_does_not_take_the_idle_timer) {
    in_simulation([] {
        const auto s = start<subject>();
        s.cast(idle_after{1s});
        this_process::sleep(500ms);
        s.cast(take_any{}); // cancels the timeout, as any message does
        this_process::sleep(1s);
        s.cast(item{1});
        this_process::sleep(5s);
        BOOST_TEST(s.call(timeouts{}) == 0);
        BOOST_TEST(s.call(items{}).size() == 1U); // after the receive was over
    });
}

// OTP: a system message does not end a timeout; while suspended no timeout is delivered.
BOOST_AUTO_TEST_CASE(an_idle_timeout_outlives_the_runtimes_own_requests) {
    for (const auto time : {0ms, 100ms})
        in_simulation([time] {
            const auto s = start<subject>();
            s.cast(idle_after{time, 50ms});
            this_process::sleep(1ms);
            suspend(s);
            this_process::sleep(10s);
            resume(s);
            this_process::sleep(1s);
            BOOST_TEST(s.call(timeouts{}) == 1);
        });
}

BOOST_AUTO_TEST_CASE(a_message_that_comes_while_suspended_ends_the_idle_timeout) {
    for (const auto time : {0ms, 100ms})
        in_simulation([time] {
            const auto s = start<subject>();
            s.cast(idle_after{time, 50ms});
            this_process::sleep(1ms);
            suspend(s);
            this_process::sleep(10ms);
            s.cast(item{1});
            this_process::sleep(10s);
            resume(s);
            this_process::sleep(1s);
            BOOST_TEST(s.call(timeouts{}) == 0);
            BOOST_TEST(s.call(items{}).size() == 1U);
        });
}

BOOST_AUTO_TEST_SUITE_END()
