// SPDX-License-Identifier: BSL-1.0
#include "in_simulation.hpp"
#include <boost/test/unit_test.hpp>
#include <coppice/gen_server.hpp>
#include <coppice/process.hpp>
#include <coppice/process_info.hpp>
#include <coppice/receive.hpp>
#include <coppice/runtime.hpp>
#include <coppice/sys.hpp>
#include <coppice/task.hpp>
#include <random>
#include <stdexcept>

using namespace coppice;
using namespace std::chrono_literals;

namespace {

using time_point = time_limit::clock::time_point;

/// The clock's last moment for `infinity`.
time_point moment(time_limit t) { return t.deadline({}); }

// --- a server that notes the deadlines of its callers ---

struct note {
    using reply = int;
};
struct note_and_keep {
    using reply = int;
};
struct note_cast {};
struct noted {
    using reply = std::vector<time_point>;
};
struct take {
    std::chrono::milliseconds time;
    using reply = int;
};

class notebook {
public:
    int handle_call(note) { return add(); }
    void handle_call(note_and_keep, from<int> client) {
        noted_.push_back(moment(client.deadline()));
        add();
        client.reply(1);
        add(); // the deadline stays the handler's
        BOOST_TEST(client.deadline().is_infinite());
    }
    void handle_cast(note_cast) { add(); }
    std::vector<time_point> handle_call(noted) { return std::exchange(noted_, {}); }
    int handle_call(take t) {
        this_process::sleep(t.time);
        return add();
    }

private:
    int add() {
        noted_.push_back(moment(this_process::deadline()));
        return static_cast<int>(noted_.size());
    }
    std::vector<time_point> noted_;
};

struct hasty : notebook {
    static constexpr bool skip_late_requests = true;
};

// --- a server that does something for its caller, in the time that is left ---

struct during {
    void (*act)(server_ref<notebook>);
    std::chrono::milliseconds after = 0ms;
    using reply = void;
};
class middle {
public:
    explicit middle(server_ref<notebook> next) : next_{next} {}
    void handle_call(during d) {
        this_process::sleep(d.after);
        d.act(next_);
    }

private:
    server_ref<notebook> next_;
};

// --- a chain of servers ---

/// What the caller of each level says, and how long it works before.
struct hop {
    int how = 0; // no timeout, a length, a deadline, infinity
    std::chrono::milliseconds length{};
    std::chrono::milliseconds work{};
};
struct descend {
    time_point gives_up; // the caller of this
    std::vector<hop> hops;
    using reply = void;
};

std::vector<std::string> wrong; // a simulation has one thread

struct level;
void go_down(const server_ref<level>& next, time_point gives_up, std::vector<hop> hops);

/// Each level calls the next one; the last has none.
struct level {
    explicit level(server_ref<level> n) : next{n} {}
    void handle_call(descend d) { go_down(next, d.gives_up, std::move(d.hops)); }
    server_ref<level> next;
};

/// `gives_up`: the caller of the process that runs this.
void go_down(const server_ref<level>& next, time_point gives_up, std::vector<hop> hops) {
    const time_point mine = moment(this_process::deadline());
    if (mine != gives_up)
        wrong.push_back("the deadline is off by " + std::to_string((mine - gives_up).count()) +
                        " ns, with " + std::to_string(hops.size()) + " calls to go");
    if (hops.empty())
        return;
    const hop h = hops.front();
    hops.erase(hops.begin());
    this_process::sleep(h.work);
    const time_point now = this_process::now();
    const auto call = [&](time_point until, auto... timeout) {
        const auto r = next.try_call(descend{until, hops}, timeout...);
        if (!r && (r.error().code != errc::timeout || this_process::now() < until))
            wrong.push_back("a call failed too soon: " + r.error().detail);
    };
    switch (h.how) {
    case 0:
        return call(std::min(mine, now + 5s));
    case 1:
        return call(now + h.length, h.length);
    case 2:
        return call(now + h.length, now + h.length);
    default:
        return call(time_point::max(), infinity);
    }
}

std::vector<hop> random_hops(std::mt19937_64& random) {
    const auto below = [&](int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); };
    std::vector<hop> hops;
    for (int i = 0; i < 3; ++i)
        hops.push_back({.how = below(4),
                        .length = std::chrono::milliseconds{below(7000)},
                        .work = std::chrono::milliseconds{below(3) * below(1000)}});
    return hops;
}

server_ref<level> chain_of(int levels) {
    server_ref<level> last{};
    for (int i = 0; i < levels; ++i)
        last = start<level>(last);
    return last;
}

/// The times that `during` took, and how it ended.
struct outcome {
    bool done = false;
    time_limit::clock::duration took{};
};
outcome run(const server_ref<middle>& m, during d, time_limit timeout) {
    const auto before = this_process::now();
    const bool done = m.try_call(std::move(d), timeout).has_value();
    return {.done = done, .took = this_process::now() - before};
}

} // namespace

BOOST_AUTO_TEST_SUITE(deadline_suite)

BOOST_AUTO_TEST_CASE(a_handler_sees_when_its_caller_gives_up) {
    in_simulation([] {
        const auto s = start<notebook>();
        const auto now = this_process::now();
        s.call(note{}, 100ms);
        s.call(note{}, now + 7s);
        s.call(note{}, infinity);
        s.call(note{});
        s.call(note_and_keep{}, 200ms);
        const std::vector<time_point> seen = s.call(noted{});
        const std::vector<time_point> wanted{now + 100ms, now + 7s,    time_point::max(), now + 5s,
                                             now + 200ms, now + 200ms, now + 200ms};
        BOOST_TEST((seen == wanted));
    });
}

BOOST_AUTO_TEST_CASE(outside_of_a_call_there_is_no_deadline) {
    BOOST_TEST(this_process::deadline().is_infinite()); // a plain thread
    in_simulation([] {
        BOOST_TEST(this_process::deadline().is_infinite());
        const auto s = start<notebook>();
        s.cast(note_cast{});
        BOOST_TEST((s.call(noted{}) == std::vector{time_point::max()}));
    });
}

BOOST_AUTO_TEST_CASE(a_constructor_sees_when_its_start_gives_up_and_terminate_sees_none) {
    struct witness {
        explicit witness(std::vector<time_point>* s) : seen{s} { note_it(); }
        void terminate(const exit_reason&) { note_it(); }
        void note_it() const { seen->push_back(moment(this_process::deadline())); }
        std::vector<time_point>* seen;
    };
    in_simulation([] {
        std::vector<time_point> seen;
        const auto now = this_process::now();
        start<witness>({.timeout = 3s}, &seen).stop();
        start<witness>(&seen).stop(exit_reason::normal, 1s);
        const std::vector<time_point> wanted{now + 3s, time_point::max(), time_point::max(),
                                             time_point::max()};
        BOOST_TEST((seen == wanted));
    });
}

// Source: the rule of default_call_timeout. Each hop may have a timeout of its own or none.
BOOST_AUTO_TEST_CASE(three_calls_deep_each_sees_its_own_callers_deadline) {
    for (const std::uint64_t seed : testing::seeds(30)) {
        testing::simulation sim{seed};
        sim.run([seed] {
            std::mt19937_64 random{seed};
            for (int i = 0; i < 20; ++i) {
                const auto first = chain_of(3);
                wrong.clear();
                go_down(first, time_point::max(), random_hops(random));
                this_process::sleep(1min); // those whose callers have left come to an end, too
                for (const std::string& w : wrong)
                    BOOST_ERROR("seed " << seed << ": " << w);
            }
        });
    }
}

BOOST_AUTO_TEST_CASE(what_has_no_timeout_ends_with_the_callers_deadline) {
    struct row {
        const char* name;
        void (*act)(server_ref<notebook>);
    };
    const row table[] = {
        {"call", [](server_ref<notebook> s) { (void)s.try_call(take{1min}); }},
        {"pending::get",
         [](server_ref<notebook> s) { (void)s.send_request(take{1min}).try_get(); }},
        {"suspend",
         [](server_ref<notebook> s) {
             const auto busy = s.send_request(take{1min}); // the suspend waits behind it
             (void)sys::try_suspend(s);
         }},
        {"try_cast",
         [](server_ref<notebook>) {
             const auto full = start<notebook>({.mailbox = {.messages = 1}});
             const auto busy = full.send_request(take{1min}), waits = full.send_request(note{});
             (void)full.try_cast(note_cast{});
         }},
        {"task::await",
         [](server_ref<notebook>) {
             (void)async_nolink([] { this_process::sleep(1min); }).try_await();
         }},
        {"await_many",
         [](server_ref<notebook>) {
             (void)await_many(async_nolink([] { return this_process::sleep(1min), 1; }),
                              async_nolink([] { return 2; }));
         }},
    };
    in_simulation([&] {
        for (const row& r : table) {
            const auto s = start<notebook>();
            const auto m = start<middle>(s);
            const auto began = this_process::now();
            const outcome ended = run(m, {.act = r.act}, 300ms);
            BOOST_TEST(!ended.done, r.name);
            (void)m.try_call(during{.act = [](server_ref<notebook>) {}},
                             infinity); // it is free
            BOOST_TEST((this_process::now() - began < 400ms), r.name);
        }
    });
}

BOOST_AUTO_TEST_CASE(a_timeout_that_is_given_stands_as_it_is) {
    in_simulation([] {
        const auto s = start<notebook>();
        const auto m = start<middle>(s);
        const auto began = this_process::now();
        for (const auto act : {+[](server_ref<notebook> n) { n.call(take{1s}, 2s); },
                               +[](server_ref<notebook> n) { n.call(take{1s}, infinity); }})
            BOOST_TEST(!run(m, {.act = act}, 300ms).done);
        (void)m.try_call(during{.act = [](server_ref<notebook>) {}}, infinity); // behind both
        BOOST_TEST((this_process::now() - began == 2s));
    });
}

BOOST_AUTO_TEST_CASE(a_handler_that_is_late_calls_no_more_without_a_timeout) {
    in_simulation([] {
        const auto s = start<notebook>();
        const auto m = start<middle>(s);
        const auto began = this_process::now();
        static errc code{};
        static bool not_started = false;
        const auto act = [](server_ref<notebook> n) {
            const auto now = this_process::now();
            const auto r = n.try_call(note{});
            code = r.error().code;
            not_started = r.error().not_started;
            BOOST_TEST((this_process::now() == now));
            n.call(note{}, 1s);
            n.cast(note_cast{});
        };
        BOOST_TEST(!run(m, {.act = act, .after = 500ms}, 300ms).done);
        this_process::sleep(1s);
        BOOST_TEST((code == errc::timeout));
        BOOST_TEST(not_started);
        const std::vector<time_point> wanted{began + 1500ms, time_point::max()};
        BOOST_TEST((s.call(noted{}) == wanted)); // the call with a timeout, and the cast
    });
}

BOOST_AUTO_TEST_CASE(a_request_that_is_sent_ahead_has_the_deadline_that_it_is_given) {
    in_simulation([] {
        const auto s = start<notebook>();
        const auto now = this_process::now();
        auto a = s.send_request(note{}), b = s.send_request(note{}, 2s);
        (void)a.get(1s), (void)b.get(infinity);
        const std::vector<time_point> wanted{time_point::max(), now + 2s};
        BOOST_TEST((s.call(noted{}) == wanted));
    });
}

BOOST_AUTO_TEST_CASE(extreme_timeouts_saturate) {
    struct row {
        time_limit timeout;
        bool is_over;
    };
    const row table[] = {{0s, true},
                         {-1ns, true},
                         {-2h, true},
                         {std::chrono::nanoseconds::min(), true},
                         {std::chrono::hours::min(), true},
                         {time_point{}, true},
                         {time_point::min(), true},
                         {1ns, false},
                         {infinity, false},
                         {std::chrono::nanoseconds::max(), false},
                         {std::chrono::nanoseconds::max() - 1h, false},
                         {std::chrono::hours::max(), false},
                         {std::chrono::duration<double>{1e300}, false},
                         {time_point::max(), false},
                         {time_point::max() - 1ns, false}};
    in_simulation([&] {
        const auto s = start<notebook>();
        for (const row& r : table) {
            const auto now = this_process::now();
            (void)s.try_call(note{}, r.timeout);
            const std::vector<time_point> seen = s.call(noted{});
            const auto i = &r - table;
            BOOST_TEST_REQUIRE(seen.size() == 1U, "row " << i);
            BOOST_TEST((seen[0] <= now) == r.is_over, "row " << i);
            BOOST_TEST((seen[0] == r.timeout.deadline(now)), "row " << i);
        }
    });
}

// On real threads a timeout of a second or more is counted from a moment before the call.
BOOST_AUTO_TEST_CASE(the_deadline_is_never_later_than_the_callers_giving_up) {
    runtime::start({.threads = 2});
    const auto s = start<notebook>();
    const auto calls = [&] {
        for (const std::chrono::milliseconds t : {20ms, 20ms, 1000ms}) {
            BOOST_TEST(!s.try_call(take{t + 200ms}, t).has_value());
            const auto gave_up = time_limit::clock::now();
            const auto seen = s.call(noted{}, infinity);
            BOOST_TEST_REQUIRE(seen.size() == 1U);
            BOOST_TEST((seen.front() <= gave_up));
            BOOST_TEST((seen.front() > gave_up - 10s)); // and not without any reason before
        }
        for (int i = 0; i < 100; ++i) {
            const auto before = time_limit::clock::now();
            (void)s.call(note{}, 1h);
            const auto after = time_limit::clock::now();
            const auto seen = s.call(noted{}, infinity).front();
            BOOST_TEST((seen <= after + 1h && seen > before + 1h - 10s));
        }
    };
    calls();
    runtime::run(calls);
    runtime::stop();
}

// --- skip_late_requests ---

BOOST_AUTO_TEST_CASE(a_late_request_is_skipped_where_that_is_wanted) {
    in_simulation([] {
        for (const bool skips : {true, false}) {
            const auto s = start<notebook>({.skip_late_requests = skips});
            const auto busy = s.send_request(take{100ms});
            BOOST_TEST((s.try_call(note{}, 50ms).error().code == errc::timeout));
            s.cast(note_cast{});
            const auto patient = s.send_request(note{});
            this_process::sleep(200ms);
            BOOST_TEST(s.call(noted{}).size() == (skips ? 3U : 4U));
            BOOST_TEST(process_info(s)->late_requests == (skips ? 1U : 0U));
        }
    });
}

BOOST_AUTO_TEST_CASE(a_request_that_is_in_time_is_handled) {
    in_simulation([] {
        const auto s = start<notebook>({.skip_late_requests = true});
        const auto busy = s.send_request(take{100ms});
        BOOST_TEST(s.call(note{}, 150ms) == 2);
        BOOST_TEST(process_info(s)->late_requests == 0U);
    });
}

BOOST_AUTO_TEST_CASE(a_pending_request_that_is_skipped_fails_with_timeout) {
    in_simulation([] {
        const auto s = start<notebook>({.skip_late_requests = true});
        const auto busy = s.send_request(take{100ms});
        auto late = s.send_request(note{}, 10ms);
        const auto r = late.try_get(infinity);
        BOOST_TEST((r.error().code == errc::timeout));
        BOOST_TEST(r.error().not_started);
    });
}

BOOST_AUTO_TEST_CASE(a_class_may_skip_late_requests_and_a_start_may_say_otherwise) {
    in_simulation([] {
        const auto late_at = [](const server_ref<hasty>& s) {
            sys::suspend(s);
            (void)s.try_call(note{}, 10ms);
            sys::resume(s);
            (void)s.call(noted{});
            return process_info(s)->late_requests;
        };
        BOOST_TEST(late_at(start<hasty>()) == 1U);
        BOOST_TEST(late_at(start<hasty>({.skip_late_requests = false})) == 0U);
    });
}

BOOST_AUTO_TEST_SUITE_END()
