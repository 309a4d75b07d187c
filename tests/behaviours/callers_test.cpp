// SPDX-License-Identifier: BSL-1.0
// A caller gets the outcome of its own call, once, in every way to treat its `from` and `pending`.
#include "in_simulation.hpp"
#include <boost/test/unit_test.hpp>
#include <coppice/gen_server.hpp>
#include <coppice/process_info.hpp>
#include <map>
#include <random>
#include <stdexcept>

using namespace coppice;
using namespace std::chrono_literals;

namespace {

struct keep {
    int id;
    using reply = int;
};
struct answer {
    int id;
};
/// What a handler does with a `from` that it kept, or with that of its own call.
enum class way { drop, catch_it, let_it_out, answer_and_throw };
struct lose {
    int id;
    way how;
};
struct ask_and_lose {
    way how;
    using reply = int;
};

void lose_it(from<int> f, way how) {
    switch (how) {
    case way::drop:
        return;
    case way::catch_it:
        try {
            const auto mine = std::move(f);
            throw std::runtime_error{"caught"};
        } catch (const std::runtime_error&) {
            return;
        }
    case way::let_it_out: {
        const auto mine = std::move(f);
        throw std::runtime_error{"out"};
    }
    case way::answer_and_throw:
        f.reply(-1);
        throw std::runtime_error{"out"};
    }
}

/// Keeps its callers under ids, and goes on after every failure.
class keeper {
public:
    static constexpr bool keep_state_on_error = true;

    void handle_call(keep k, from<int> f) { kept_.emplace(k.id, std::move(f)); }
    void handle_call(ask_and_lose a, from<int> f) { lose_it(std::move(f), a.how); }
    void handle_cast(answer a) {
        if (const auto k = kept_.find(a.id); k != kept_.end()) {
            k->second.reply(a.id);
            kept_.erase(k);
        }
    }
    void handle_cast(lose l) {
        if (const auto k = kept_.find(l.id); k != kept_.end()) {
            from<int> f = std::move(k->second);
            kept_.erase(k);
            lose_it(std::move(f), l.how);
        } else if (l.how == way::let_it_out)
            throw std::runtime_error{"concerns no caller"};
    }

private:
    std::map<int, from<int>> kept_;
};

/// The outcome for a caller: the answer, or the word for the failure.
std::string outcome_of(pending<int>& p, time_limit limit = 0s) {
    const auto r = p.try_get(limit);
    return r ? std::to_string(*r) : std::string{to_string(r.error().code)};
}

/// The outcome that a caller must get whose `from` was lost in this way.
std::string expected(way how) {
    switch (how) {
    case way::drop:
    case way::catch_it:
        return "no_reply";
    case way::let_it_out:
        return "exited";
    case way::answer_and_throw:
        return "-1";
    }
    return "?";
}

constexpr way all_ways[] = {way::drop, way::catch_it, way::let_it_out, way::answer_and_throw};

struct ask {
    using reply = int;
};
struct end_with {
    exit_reason why;
    using reply = int;
};
struct slow {
    using reply = int;
};
struct subject {
    int handle_call(ask) { return 7; }
    int handle_call(end_with e) { this_process::exit(e.why); }
    int handle_call(slow) {
        this_process::sleep(1s);
        return 8;
    }
};

} // namespace

BOOST_AUTO_TEST_SUITE(callers_suite)

BOOST_AUTO_TEST_CASE(a_caller_is_told_at_once_how_its_from_was_lost) {
    in_simulation([] {
        const auto s = start<keeper>();
        for (const way how : all_ways) {
            auto own = s.send_request(ask_and_lose{how});
            auto kept = s.send_request(keep{1});
            s.cast(lose{1, how});
            auto other = s.send_request(keep{2});
            s.cast(lose{3, way::let_it_out}); // this call fails, and the others are not affected
            this_process::sleep(1ms);
            BOOST_TEST(outcome_of(own) == expected(how));
            BOOST_TEST(outcome_of(kept) == expected(how));
            BOOST_TEST(outcome_of(other) == "timeout");
            s.cast(answer{2});
            BOOST_TEST(outcome_of(other, 1s) == "2");
        }
    });
}

// Any sequence of calls that are kept, answered and lost: each caller gets its own outcome.
BOOST_AUTO_TEST_CASE(each_kept_caller_gets_the_outcome_of_its_own_call) {
    for (const std::uint64_t seed : testing::seeds(50)) {
        testing::simulation sim{seed};
        sim.run([seed] {
            std::mt19937_64 random{seed};
            const auto s = start<keeper>();
            std::map<int, pending<int>> waiting;
            std::map<int, std::string> right;
            const auto one_of_them = [&] {
                auto i = right.begin();
                std::advance(i, static_cast<std::ptrdiff_t>(random() % right.size()));
                return i;
            };
            for (int id = 0; id < 200; ++id) {
                if (random() % 2 == 0) {
                    waiting.emplace(id, s.send_request(keep{id}));
                    right.emplace(id, "timeout");
                } else if (!right.empty()) {
                    const auto which = one_of_them();
                    if (which->second == "timeout") {
                        const std::size_t what = random() % 5;
                        if (what < 4) {
                            s.cast(lose{which->first, all_ways[what]});
                            which->second = expected(all_ways[what]);
                        } else {
                            s.cast(answer{which->first});
                            which->second = std::to_string(which->first);
                        }
                    }
                } else
                    s.cast(lose{-1, way::let_it_out});
            }
            this_process::sleep(1ms);
            for (auto& [id, p] : waiting)
                BOOST_TEST(outcome_of(p) == right.at(id), "caller " << id << ", seed " << seed);
            s.stop(exit_reason::shutdown);
            for (auto& [id, p] : waiting)
                BOOST_TEST(outcome_of(p) == (right.at(id) == "timeout" ? "exited" : "no_request"));
        });
    }
}

BOOST_AUTO_TEST_CASE(an_answer_that_comes_twice_is_an_error_of_the_server) {
    struct twice {
        void handle_call(ask, from<int> f) {
            f.reply(1);
            f.reply(2);
        }
    };
    struct moved {
        void handle_call(ask, from<int> f) {
            const auto kept = std::move(f);
            f.reply(2);
        }
    };
    in_simulation([] {
        const auto t = start<twice>();
        const monitor_ref watch = this_process::monitor(t);
        BOOST_TEST(t.call(ask{}) == 1);
        const down d = this_process::receive<down>();
        BOOST_TEST((d.ref == watch));
        BOOST_TEST(d.reason.text().find("has answered before") != std::string::npos);
        const auto m = start<moved>();
        BOOST_TEST((m.try_call(ask{}).error().code == errc::exited));
    });
}

BOOST_AUTO_TEST_CASE(a_pending_may_be_asked_again_until_its_answer_was_taken) {
    in_simulation([] {
        const auto s = start<subject>();
        auto p = s.send_request(slow{});
        BOOST_TEST(outcome_of(p, 100ms) == "timeout");
        BOOST_CHECK_THROW(p.get(100ms), call_error);
        BOOST_TEST(!p.ready());
        BOOST_TEST(outcome_of(p, 1s) == "8");
        BOOST_TEST(!p.ready());
        BOOST_TEST(outcome_of(p, 1s) == "no_request");
        BOOST_CHECK_THROW(p.get(), call_error);
        auto q = s.send_request(ask{});
        auto moved = std::move(q);
        BOOST_TEST(outcome_of(q) == "no_request");
        BOOST_TEST(outcome_of(moved, 1s) == "7");
    });
}

BOOST_AUTO_TEST_CASE(a_request_set_says_which_of_its_requests_is_none) {
    in_simulation([] {
        const auto s = start<subject>();
        request_set<int, std::string> set;
        auto taken = s.send_request(ask{});
        (void)taken.get();
        auto p = s.send_request(ask{});
        set.add("true", std::move(p));
        set.add("moved", std::move(p));
        set.add("taken", std::move(taken));
        std::map<std::string, std::string> outcomes;
        while (const auto a = set.next(1s))
            outcomes[a->label] = a->value ? "value" : to_string(a->value.error().code);
        BOOST_TEST(outcomes["true"] == "value");
        BOOST_TEST(outcomes["moved"] == "no_request");
        BOOST_TEST(outcomes["taken"] == "no_request");
    });
}

// OTP: {normal, {gen_server, call, _}}. The caller did not get its answer.
BOOST_AUTO_TEST_CASE(a_caller_that_lets_a_failed_call_out_has_failed) {
    in_simulation([] {
        const struct {
            exit_reason servers;
            std::string callers;
        } table[] = {
            {exit_reason::normal, "{normal, {gen_server, call}}"},
            {exit_reason::shutdown, "{shutdown, {gen_server, call}}"},
            {exit_reason::tagged("shutdown", exit_reason{"x"}),
             "{{shutdown, x}, {gen_server, call}}"},
            {exit_reason{"other"}, "other"},
            {exit_reason::kill, "kill"},
        };
        for (const auto& row : table) {
            spawn_monitor([why = row.servers] { start<subject>().call(end_with{why}); });
            BOOST_TEST(this_process::receive<down>().reason.text() == row.callers);
            spawn_monitor(
                [why = row.servers] { start<subject>().send_request(end_with{why}).get(); });
            BOOST_TEST(this_process::receive<down>().reason.text() == row.callers);
        }
    });
}

BOOST_AUTO_TEST_CASE(a_starter_that_lets_a_failed_start_out_has_failed) {
    struct refuses {
        explicit refuses(exit_reason why) { this_process::exit(why); }
    };
    in_simulation([] {
        spawn_monitor([] { start<refuses>(exit_reason::normal); });
        BOOST_TEST(this_process::receive<down>().reason.text() == "{normal, {gen_server, start}}");
    });
}

BOOST_AUTO_TEST_CASE(a_failed_start_monitor_leaves_neither_monitor_nor_down) {
    struct refuses {
        refuses() { throw std::runtime_error{"no"}; }
    };
    in_simulation([] {
        BOOST_CHECK_THROW((void)start_monitor<refuses>(), call_error);
        BOOST_TEST(this_process::info().monitors.empty());
        BOOST_TEST(!this_process::receive<down>(1s).has_value());
    });
}

// GSV-055: nothing looks through the caller's mail. A look for each call would be a hundred million
// steps.
BOOST_AUTO_TEST_CASE(a_call_stays_fast_with_a_very_long_mailbox_in_the_caller) {
    testing::simulation sim;
    sim.run([] {
        struct question {
            using reply = int;
        };
        class server {
        public:
            int handle_call(question) { return ++n_; }

        private:
            int n_ = 0;
        };
        const auto s = start<server>();
        const auto thousand_calls = [&] {
            const auto began = std::chrono::steady_clock::now();
            for (int i = 0; i < 1000; ++i)
                (void)s.call(question{});
            return std::chrono::steady_clock::now() - began;
        };
        const auto empty = thousand_calls();
        for (int i = 0; i < 100'000; ++i)
            this_process::self().send(answer{i});
        const auto full = thousand_calls();
        BOOST_TEST((full < 20 * empty + 100ms));
        BOOST_TEST(this_process::receive<answer>().id == 0);
    });
}

BOOST_AUTO_TEST_SUITE_END()
