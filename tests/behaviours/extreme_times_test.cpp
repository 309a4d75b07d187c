// SPDX-License-Identifier: BSL-1.0
// A table of every function that takes a time, with times at the limits of their types.
#include <boost/test/unit_test.hpp>
#include <coppice/gen_server.hpp>
#include <coppice/process.hpp>
#include <coppice/receive.hpp>
#include <coppice/testing.hpp>
#include <functional>

using namespace coppice;
using namespace std::chrono_literals;

namespace {

struct tick {};
struct ask {
    using reply = int;
};
struct never_answered {
    using reply = int;
};
struct timeouts {
    using reply = int;
};
struct idle {
    time_span d;
};

class slow {
public:
    int handle_call(ask) {
        this_process::sleep(1s);
        return 7;
    }
    void handle_call(never_answered, from<int> f) { kept_.push_back(std::move(f)); }
    void handle_cast(idle i) { this_process::idle_timeout(i.d); }
    void handle_info(timeout) { ++timeouts_; }
    int handle_call(timeouts) const { return timeouts_; }

private:
    int timeouts_ = 0;
    std::vector<from<int>> kept_;
};

class slow_to_start {
public:
    slow_to_start() { this_process::sleep(1s); }
};

/// An operation that takes a second, within a limit. True: it was done; false: the limit was
/// reached.
struct row {
    const char* name;
    std::function<bool(time_limit)> within;
};

const row table[] = {
    {"call", [](time_limit l) { return start<slow>().try_call(ask{}, l).has_value(); }},
    {"pending::get",
     [](time_limit l) { return start<slow>().send_request(ask{}).try_get(l).has_value(); }},
    {"receive",
     [](time_limit l) {
         const auto timer = this_process::self().send_after(1s, tick{});
         const bool came = this_process::receive<tick>(l).has_value();
         if (!came)
             this_process::receive<tick>();
         (void)timer;
         return came;
     }},
    {"start", [](time_limit l) { return try_start<slow_to_start>({.timeout = l}).has_value(); }},
    {"stop",
     [](time_limit l) {
         const auto s = start<slow>();
         const auto busy = s.send_request(ask{}); // the stop waits behind this request
         (void)busy;
         return s.try_stop(exit_reason::normal, l).has_value();
     }},
};

const time_limit for_ever[] = {infinity,
                               std::chrono::nanoseconds::max(),
                               std::chrono::milliseconds::max(),
                               std::chrono::seconds::max(),
                               std::chrono::hours::max(),
                               std::chrono::years::max(),
                               std::chrono::nanoseconds::max() - 1h,
                               std::chrono::duration<double>{1e300},
                               time_limit::clock::time_point::max(),
                               time_limit::clock::time_point::max() - 1ns};

const time_limit at_once[] = {0s,
                              -1ns,
                              -2h,
                              std::chrono::nanoseconds::min(),
                              std::chrono::hours::min(),
                              std::chrono::duration<double>{-1e300},
                              time_limit::clock::time_point{},
                              time_limit::clock::time_point::min()};

} // namespace

BOOST_AUTO_TEST_SUITE(extreme_times_suite)

BOOST_AUTO_TEST_CASE(a_limit_beyond_the_clock_means_for_ever) {
    testing::simulation sim{1};
    sim.run([] {
        for (const row& r : table)
            for (std::size_t i = 0; i < std::size(for_ever); ++i)
                BOOST_TEST(r.within(for_ever[i]), r.name << " with limit " << i);
    });
}

BOOST_AUTO_TEST_CASE(a_limit_in_the_past_means_at_once) {
    testing::simulation sim{1};
    sim.run([] {
        for (const row& r : table)
            for (std::size_t i = 0; i < std::size(at_once); ++i) {
                const auto before = this_process::now();
                const bool done = r.within(at_once[i]);
                BOOST_TEST(!done, r.name << " with limit " << i);
                if (std::string_view{r.name} != "receive")
                    BOOST_TEST((this_process::now() - before < 100ms),
                               r.name << " with limit " << i);
            }
    });
}

BOOST_AUTO_TEST_CASE(a_message_for_later_comes_at_once_or_never) {
    testing::simulation sim{1};
    sim.run([] {
        for (const time_span d :
             {time_span{0s}, time_span{-1h}, time_span{std::chrono::hours::min()}}) {
            this_process::self().send_after(d, tick{});
            BOOST_TEST(this_process::receive<tick>(1ms).has_value());
        }
        for (const time_span d : {time_span{std::chrono::hours::max()}, time_span{infinity},
                                  time_span{std::chrono::nanoseconds::max()}}) {
            timer_ref t = this_process::self().send_after(d, tick{});
            BOOST_TEST(!this_process::receive<tick>(24h * 365).has_value());
            BOOST_TEST((t.cancel().value() > 24h * 365 * 200));
        }
    });
}

BOOST_AUTO_TEST_CASE(an_idle_timeout_comes_at_once_or_never) {
    testing::simulation sim{1};
    sim.run([] {
        const auto s = start<slow>();
        for (const time_span d : {time_span{std::chrono::hours::max()}, time_span{infinity}}) {
            s.cast(idle{d});
            this_process::sleep(24h * 365);
            BOOST_TEST(s.call(timeouts{}) == 0);
        }
        s.cast(idle{1s}); // replaces the earlier timeouts
        this_process::sleep(2s);
        BOOST_TEST(s.call(timeouts{}) == 1);
        for (const time_span d :
             {time_span{0s}, time_span{-1h}, time_span{std::chrono::years::min()}}) {
            s.cast(idle{d});
            this_process::sleep(1ms);
        }
        BOOST_TEST(s.call(timeouts{}) == 4);
    });
}

// One limit for the room and the answer, from a process and from a plain thread.
BOOST_AUTO_TEST_CASE(a_limit_is_spent_once) {
    testing::simulation sim{1};
    sim.run([] {
        const auto s = start<slow>({.mailbox = {.messages = 1}});
        const auto busy = s.send_request(ask{});
        const auto waiting = s.send_request(ask{});
        (void)busy, (void)waiting;
        const auto before = this_process::now();
        BOOST_TEST((s.try_call(never_answered{}, 1500ms).error().code == errc::timeout));
        BOOST_TEST((this_process::now() - before < 1600ms));
    });
}

BOOST_AUTO_TEST_SUITE_END()
