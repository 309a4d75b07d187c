// SPDX-License-Identifier: BSL-1.0
#include <boost/test/unit_test.hpp>
#include <coppice.hpp>
#include <coppice/explore.hpp>
#include <limits>

using namespace coppice;
using namespace std::chrono_literals;
using testing::exploration_failed;
using testing::explore;
using testing::trace_of;

namespace {

struct add {
    int by;
};
struct total {
    using reply = int;
};
struct set {
    using reply = int;
    int to;
};
class counter {
public:
    explicit counter(int n) : n_{n} {}
    void handle_cast(add a) { n_ += a.by; }
    int handle_call(total) const { return n_; }
    int handle_call(set s) { return n_ = s.to; }

private:
    int n_;
};
inline constexpr server_name<counter> the_counter{"counter"};

struct ping {
    int id;
};
struct pong {
    int id;
};

std::vector<std::uint64_t> first_seeds(std::uint64_t n) {
    std::vector<std::uint64_t> all;
    for (std::uint64_t s = 1; s <= n; ++s)
        all.push_back(s);
    return all;
}

/// Asks again while the counter is between two lives, slow or full.
template <class M>
int ask(M question) {
    for (int tries = 0; tries < 1000; ++tries) {
        if (const auto n = the_counter.try_call(question))
            return *n;
        this_process::sleep(1ms);
    }
    return -1;
}

/// The failure of a program that must have one.
template <class F>
exploration_failed failure_of(const std::vector<std::uint64_t>& seeds,
                              F program,
                              const testing::faults& f = {}) {
    try {
        explore(seeds, program, f);
    } catch (const exploration_failed& e) {
        return e;
    }
    BOOST_FAIL("no seed fails");
    throw std::logic_error{"unreachable"};
}

bool contains(std::string_view text, std::string_view part) { return text.find(part) != text.npos; }

/// The crash reports of what is killed are no news here.
struct quiet_log {
    severity before = log::level();
    quiet_log() { log::set_level(severity::off); }
    ~quiet_log() { log::set_level(before); }
};

// --- programs ---

/// Wrong: what the counter had is lost when it is killed.
void keeps_its_total(testing::test& t) {
    t.start_supervised(child<counter>(the_counter, 0));
    for (int i = 0; i < 3; ++i) {
        the_counter.cast(add{1});
        this_process::sleep(1ms);
    }
    t.check_equal(ask(total{}), 3);
}

/// Wrong: two processes read, and then both write.
void two_increments(testing::test& t) {
    t.start_supervised(child<counter>(the_counter, 0));
    const pid me = this_process::self();
    for (int i = 0; i < 2; ++i)
        spawn_link([me] {
            the_counter.call(set{the_counter.call(total{}) + 1});
            me.send(pong{0});
        });
    t.assert_receive<pong>();
    t.assert_receive<pong>();
    t.check_equal(the_counter.call(total{}), 2);
}

/// Wrong: which of two senders is first is not said.
void two_senders(testing::test& t) {
    const pid me = this_process::self();
    spawn_link([me] { me.send(ping{1}); });
    spawn_link([me] { me.send(pong{2}); });
    const int first =
        this_process::receive([](ping p) { return p.id; }, [](pong p) { return p.id; });
    t.check_equal(first, 1);
}

/// Wrong: one restart is expected, and no second one.
void bears_one_crash(testing::test& t) {
    t.start_supervised(child<counter>(the_counter, 0));
    const auto until = this_process::now() + 100ms;
    int lives = 0;
    for (pid last; lives < 3 && this_process::now() < until; this_process::sleep(1ms))
        if (const pid now = whereis("counter"); now && now != last) {
            last = now;
            ++lives;
        }
    t.check(lives < 3, "a third life");
}

/// Right: the counter is set, and asked again until it answers.
void sets_and_asks_again(testing::test& t) {
    t.start_supervised(child<counter>(the_counter, 0)
                           .mailbox({.messages = 100, .policy = overflow_policy::reject}));
    for (int i = 1; i <= 5; ++i) {
        t.check_equal(ask(set{i}), i);
        this_process::sleep(1ms);
    }
}

const testing::faults all_faults{
    .crash = 0.05, .failed_start = 0.3, .full_mailbox = 0.1, .slow_handler = 0.1};

} // namespace

BOOST_AUTO_TEST_SUITE(explore_suite)

BOOST_AUTO_TEST_CASE(a_right_program_passes_under_all_seeds_and_meets_every_fault) {
    const quiet_log quiet;
    const testing::explored all = explore(first_seeds(200), sets_and_asks_again, all_faults);
    BOOST_TEST(all.runs == 200U);
    BOOST_TEST(all.steps > 200U);
    const struct {
        const char* what;
        std::size_t count;
    } table[] = {{"out of turn", all.out_of_turn},
                 {"crash", all.crashes},
                 {"failed start", all.failed_starts},
                 {"full mailbox", all.full_mailboxes},
                 {"slow handler", all.slow_handlers}};
    for (const auto& row : table)
        BOOST_TEST_CONTEXT(row.what) { BOOST_TEST(row.count > 0U); }
}

BOOST_AUTO_TEST_CASE(without_faults_only_the_order_differs) {
    const testing::explored all = explore(first_seeds(20), sets_and_asks_again);
    BOOST_TEST(all.crashes + all.failed_starts + all.full_mailboxes + all.slow_handlers == 0U);
}

BOOST_AUTO_TEST_CASE(state_that_a_crash_loses_is_found_and_shrunk_to_one_crash) {
    const quiet_log quiet;
    const auto e = failure_of(first_seeds(200), keeps_its_total, all_faults);
    BOOST_TEST(contains(e.sentence(), ", expected 3"));
    BOOST_TEST(e.where().line() != 0U);
    BOOST_REQUIRE(e.shrunk().faults.size() == 1U);
    BOOST_TEST(contains(e.shrunk().faults[0], "counter is killed"));
}

BOOST_AUTO_TEST_CASE(of_many_faults_those_are_left_without_which_the_program_does_not_fail) {
    const quiet_log quiet;
    const auto e =
        failure_of({7}, bears_one_crash, {.crash = 0.5, .failed_start = 0.5, .slow_handler = 0.5});
    BOOST_TEST(e.sentence() == "a third life");
    BOOST_TEST_CONTEXT(e.what()) {
        BOOST_REQUIRE(e.shrunk().faults.size() == 2U);
        for (const std::string& line : e.shrunk().faults)
            BOOST_TEST(contains(line, " is killed"));
        BOOST_TEST(contains(e.what(), "2 of ")); // there were more
    }
}

BOOST_AUTO_TEST_CASE(a_race_of_two_senders_is_shrunk_to_one_step_out_of_turn) {
    const auto e = failure_of(first_seeds(200), two_senders, all_faults);
    BOOST_TEST(e.sentence() == "got 2, expected 1");
    BOOST_TEST(e.shrunk().faults.empty());
    BOOST_TEST(e.shrunk().out_of_turn.size() == 1U);
}

BOOST_AUTO_TEST_CASE(a_race_without_any_fault_is_shrunk_to_none) {
    const auto e = failure_of(first_seeds(200), two_increments);
    BOOST_TEST(e.sentence() == "got 1, expected 2");
    BOOST_TEST(e.shrunk().faults.empty());
    BOOST_TEST(e.shrunk().out_of_turn.empty());
}

BOOST_AUTO_TEST_CASE(a_report_says_what_failed_where_and_how_to_repeat_it) {
    const quiet_log quiet;
    const auto e = failure_of(first_seeds(3),
                              [](testing::test& t) {
                                  this_process::self().send(pong{1});
                                  t.start_supervised(child<counter>(the_counter, 0));
                                  t.check(false, "two and two are five");
                              },
                              {.crash = 0.5});
    const std::string_view report = e.what();
    BOOST_TEST_CONTEXT(report) {
        BOOST_TEST(report.starts_with("two and two are five ("));
        BOOST_TEST(contains(report, "explore_test.cpp:"));
        BOOST_TEST(contains(report, "seed 0, which fails in the same way as seed 1"));
        BOOST_TEST(contains(report, "no fault was needed"));
        BOOST_TEST(contains(report, "each process ran in its turn"));
        BOOST_TEST(contains(report, "the test: one message lies in the mailbox: "));
        BOOST_TEST(contains(report, "pong"));
        BOOST_TEST(contains(report, "COPPICE_SEED=0"));
    }
    BOOST_TEST(e.seed() == 0U);
    BOOST_TEST(!e.shrunk().trace.empty());
}

BOOST_AUTO_TEST_CASE(a_single_seed_is_kept) {
    const auto e = failure_of({4711}, [](testing::test& t) { t.check(false, "it never holds"); });
    BOOST_TEST(e.seed() == 4711U);
    BOOST_TEST(contains(e.what(), "explore({4711}, ...)"));
}

BOOST_AUTO_TEST_CASE(a_seed_is_replayed_step_by_step) {
    const quiet_log quiet;
    std::size_t different = 0;
    for (const std::uint64_t seed : first_seeds(20))
        BOOST_TEST_CONTEXT("seed " << seed) {
            const std::string once = trace_of(seed, sets_and_asks_again, all_faults);
            BOOST_TEST(once == trace_of(seed, sets_and_asks_again, all_faults));
            BOOST_TEST(contains(once, "it passes"));
            different += once != trace_of(seed + 1, sets_and_asks_again, all_faults);
        }
    BOOST_TEST(different > 15U);
}

BOOST_AUTO_TEST_CASE(a_failure_is_shrunk_to_the_same_run_each_time) {
    const quiet_log quiet;
    const auto once = failure_of(first_seeds(200), keeps_its_total, all_faults);
    const auto again = failure_of(first_seeds(200), keeps_its_total, all_faults);
    BOOST_TEST(std::string{once.what()} == again.what());
    BOOST_TEST(once.shrunk().trace == again.shrunk().trace);
}

BOOST_AUTO_TEST_CASE(a_program_that_waits_for_ever_fails) {
    const auto e = failure_of(first_seeds(2), [](testing::test& t) {
        t.start_supervised(child<counter>(the_counter, 0));
        this_process::receive<ping>();
    });
    BOOST_TEST(contains(e.sentence(), "waits for ever"));
    BOOST_TEST(e.shrunk().faults.empty());
}

BOOST_AUTO_TEST_CASE(a_program_that_does_not_end_fails) {
    const auto e = failure_of(first_seeds(2),
                              [](testing::test&) {
                                  for (;;)
                                      this_process::sleep(1ms);
                              },
                              {.max_steps = 1000});
    BOOST_TEST(e.sentence() == "the program has not come to its end after 1000 steps");
}

BOOST_AUTO_TEST_CASE(an_exception_is_a_failure_with_its_type) {
    const auto e =
        failure_of(first_seeds(2), [](testing::test&) { throw std::out_of_range{"no such row"}; });
    BOOST_TEST(e.sentence() == "std::out_of_range: no such row");
}

BOOST_AUTO_TEST_CASE(what_start_supervised_has_started_is_there) {
    const quiet_log quiet;
    const testing::explored all =
        explore(first_seeds(50),
                [](testing::test& t) {
                    const auto c = t.start_supervised(child<counter>(the_counter, 7));
                    t.check(c.process().alive(), "the counter is there");
                },
                {.crash = 1, .failed_start = 1});
    BOOST_TEST(all.runs == 50U);
}

BOOST_AUTO_TEST_CASE(certain_faults_end_at_their_limit) {
    const quiet_log quiet;
    const testing::explored all = explore(first_seeds(10),
                                          [](testing::test& t) {
                                              t.start_supervised(child<counter>(the_counter, 7));
                                              this_process::sleep(1h);
                                              t.check_equal(the_counter.call(total{}), 7);
                                          },
                                          {.crash = 1, .max_faults = 4});
    BOOST_TEST(all.crashes <= 40U);
    BOOST_TEST(all.crashes >= 10U);
}

BOOST_AUTO_TEST_CASE(a_start_that_fails_is_told_as_such) {
    const quiet_log quiet;
    const testing::explored all =
        explore(first_seeds(5),
                [](testing::test& t) {
                    const auto c = t.try_start_supervised(child<counter>(the_counter, 7));
                    t.check(!c && c.error().code == errc::start_failed, "the start has failed");
                },
                {.failed_start = 1, .max_faults = 1});
    BOOST_TEST(all.failed_starts == 5U);
}

// The policy decides what becomes of the message.
BOOST_AUTO_TEST_CASE(a_full_mailbox_is_as_its_policy_says) {
    const quiet_log quiet;
    const struct {
        const char* name;
        overflow_policy policy;
        int total;
        std::size_t injected;
    } table[] = {{"block", overflow_policy::block, 1, 1},
                 {"reject", overflow_policy::reject, 0, 1},
                 {"drop_newest", overflow_policy::drop_newest, 0, 1},
                 {"drop_oldest", overflow_policy::drop_oldest, 1, 0}};
    for (const auto& row : table)
        BOOST_TEST_CONTEXT(row.name) {
            const testing::explored all = explore(
                first_seeds(5),
                [&](testing::test& t) {
                    t.start_supervised(child<counter>(the_counter, 0)
                                           .mailbox({.messages = 100, .policy = row.policy}));
                    the_counter.cast(add{1});
                    t.check_equal(the_counter.call(total{}), row.total);
                },
                {.full_mailbox = 1, .max_faults = 1});
            BOOST_TEST(all.full_mailboxes == 5 * row.injected);
        }
}

BOOST_AUTO_TEST_CASE(the_messages_of_one_sender_stay_in_order) {
    const quiet_log quiet;
    const testing::explored all = explore(
        first_seeds(100),
        [](testing::test& t) {
            const pid me = this_process::self();
            for (int sender = 0; sender < 3; ++sender)
                spawn_link([me, sender] {
                    for (int i = 0; i < 10; ++i) {
                        me.send(ping{100 * sender + i});
                        this_process::yield();
                    }
                });
            int next[3] = {0, 0, 0};
            for (int i = 0; i < 30; ++i) {
                const int id = t.assert_receive<ping>().id;
                t.check_equal(id % 100, next[id / 100]++);
            }
            t.refute_receive<ping>();
        },
        all_faults);
    BOOST_TEST(all.out_of_turn > 0U);
}

BOOST_AUTO_TEST_CASE(expectations_name_their_place) {
    const auto sentence = [](auto program) { return failure_of({1}, program); };
    const auto none = sentence([](testing::test& t) { t.assert_receive<ping>(); });
    BOOST_TEST(contains(none.what(), "ping came within 100 ms; the mailbox is empty ("));
    BOOST_TEST(contains(none.what(), "explore_test.cpp:"));
    const auto one = sentence([](testing::test& t) {
        this_process::self().send(ping{1});
        t.refute_receive([](const ping& p) { return p.id == 1; });
    });
    BOOST_TEST(contains(one.what(), "explore_test.cpp:"));
    const auto text = sentence([](testing::test& t) { t.check_equal(std::string{"a"}, "b"); });
    BOOST_TEST(text.sentence() == "got \"a\", expected \"b\"");
    const auto sign = sentence([](testing::test& t) {
        t.check_equal(3, 3U);
        t.check_equal(-1, std::numeric_limits<unsigned>::max());
    });
    BOOST_TEST(sign.sentence() == "got -1, expected 4294967295");
}

BOOST_AUTO_TEST_CASE(options_that_make_no_sense_are_refused) {
    constexpr double nan = std::numeric_limits<double>::quiet_NaN();
    const struct {
        testing::faults f;
        const char* what;
    } table[] = {
        {{.crash = -0.1}, "faults::crash is -0.1"},
        {{.crash = 1.5}, "faults::crash is 1.5"},
        {{.failed_start = nan}, "faults::failed_start is nan"},
        {{.full_mailbox = std::numeric_limits<double>::infinity()}, "faults::full_mailbox is inf"},
        {{.slow_handler = 2}, "faults::slow_handler is 2"},
        {{.slow_handler = 1, .slow_for = infinity}, "slow_for"},
        {{.slow_handler = 1, .slow_for = -1s}, "slow_for"},
        {{.slow_handler = 1, .slow_for = 0s}, "slow_for"},
        {{.max_steps = 0}, "max_steps is 0"}};
    for (const auto& row : table)
        BOOST_CHECK_EXCEPTION(
            explore(first_seeds(1), sets_and_asks_again, row.f), std::invalid_argument,
            [&](const std::invalid_argument& e) { return contains(e.what(), row.what); });
    BOOST_CHECK_EXCEPTION(
        explore({}, sets_and_asks_again), std::invalid_argument,
        [](const std::invalid_argument& e) { return contains(e.what(), "got no seeds"); });
    BOOST_CHECK_THROW(trace_of(1, sets_and_asks_again, {.crash = nan}), std::invalid_argument);
}

BOOST_AUTO_TEST_CASE(an_exploration_inside_a_process_is_refused) {
    testing::simulation{}.run(
        [] { BOOST_CHECK_THROW(explore(first_seeds(1), sets_and_asks_again), std::logic_error); });
}

BOOST_AUTO_TEST_SUITE_END()
