// SPDX-License-Identifier: BSL-1.0
#include "in_simulation.hpp"
#include "recorded_events.hpp"
#include <boost/test/unit_test.hpp>
#include <coppice/async_stream.hpp>
#include <coppice/process_info.hpp>
#include <coppice/report.hpp>
#include <memory>

using namespace coppice;
using namespace std::chrono_literals;

namespace {

int square(int n) { return n * n; }
int unlucky() { throw std::runtime_error{"unlucky"}; }
void wait_for_ever() { this_process::sleep(infinity); }

/// Says when it is gone.
struct left_behind {
    std::shared_ptr<bool> gone;
    explicit left_behind(std::shared_ptr<bool> g) : gone{std::move(g)} {}
    left_behind(left_behind&&) = default;
    ~left_behind() {
        if (gone)
            *gone = true;
    }
};

std::size_t waiting_messages() { return this_process::info().messages; }

} // namespace

BOOST_AUTO_TEST_SUITE(task_suite)

BOOST_AUTO_TEST_CASE(a_task_gives_the_value_of_its_function) {
    in_simulation([] {
        BOOST_TEST(async_task(square, 3).await() == 9);
        BOOST_TEST(async_nolink([](std::string s) { return s + '!'; }, std::string{"hi"}).await() ==
                   "hi!");
        auto moved = async_task([p = std::make_unique<int>(7)] { return *p; });
        BOOST_TEST(moved.await() == 7);
        bool ran = false;
        async_task([&ran] { ran = true; }).await();
        BOOST_TEST(ran);
    });
}

BOOST_AUTO_TEST_CASE(a_value_is_there_when_its_task_has_exited) {
    in_simulation([] {
        const auto gone = std::make_shared<bool>(false);
        auto t = async_task([held = left_behind{gone}] { return 1; });
        const pid process = t.process();
        BOOST_TEST(t.await() == 1);
        BOOST_TEST(!process.alive());
        BOOST_TEST(*gone);
        BOOST_TEST(waiting_messages() == 0U);
    });
}

BOOST_AUTO_TEST_CASE(a_failure_is_the_callers_with_the_tasks_reason) {
    in_simulation([] {
        auto t = async_nolink(unlucky);
        const auto r = t.try_await();
        BOOST_REQUIRE(!r.has_value());
        BOOST_TEST(static_cast<int>(r.error().code) == static_cast<int>(errc::exited));
        BOOST_TEST(r.error().reason.crash()->what == "unlucky");
        // Elixir: an end without a value is a failure, even an orderly one.
        auto orderly = async_nolink([] { this_process::exit(exit_reason::normal); });
        BOOST_CHECK(orderly.try_await().error().reason == exit_reason::normal);
        BOOST_CHECK_THROW(async_nolink(unlucky).await(), call_error);
    });
}

BOOST_AUTO_TEST_CASE(a_linked_task_that_fails_ends_its_caller) {
    in_simulation([] {
        const auto caller = spawn_monitor([] {
            auto t = async_task(unlucky);
            (void)t.yield(infinity);
        });
        const auto end = this_process::receive<down>();
        BOOST_CHECK(end.ref == caller.monitor);
        BOOST_TEST(end.reason.crash()->what == "unlucky");
    });
}

// Elixir: a caller that traps exits gets the exit message and the answer, even for a normal end.
BOOST_AUTO_TEST_CASE(a_trapping_caller_sees_the_exit_of_a_linked_task) {
    in_simulation([] {
        this_process::trap_exit(true);
        auto t = async_task(square, 2);
        const pid process = t.process();
        BOOST_TEST(t.await() == 4);
        const auto e = this_process::receive<exit_signal>(0ms);
        BOOST_REQUIRE(e.has_value());
        BOOST_CHECK(e->from == process);
        BOOST_CHECK(e->reason == exit_reason::normal);
    });
}

BOOST_AUTO_TEST_CASE(a_value_is_taken_once) {
    in_simulation([] {
        auto t = async_task(square, 2);
        BOOST_TEST(t.await() == 4);
        BOOST_CHECK(t.try_await().error().code == errc::no_request);
        BOOST_TEST(!t.yield().has_value());
        BOOST_TEST(!t.process());
        const auto again = t.shutdown();
        BOOST_REQUIRE(again.has_value());
        BOOST_CHECK(again->error().code == errc::noproc);
    });
}

BOOST_AUTO_TEST_CASE(yield_may_be_asked_again) {
    in_simulation([] {
        auto t = async_task([] {
            this_process::sleep(50ms);
            return 5;
        });
        BOOST_TEST(!t.yield(1ms).has_value());
        BOOST_TEST(!t.ready());
        const auto r = t.yield(100ms);
        BOOST_REQUIRE(r.has_value());
        BOOST_TEST(**r == 5);
    });
}

BOOST_AUTO_TEST_CASE(a_timed_out_await_ends_the_task_and_leaves_no_message) {
    in_simulation([] {
        this_process::trap_exit(true);
        const auto gone = std::make_shared<bool>(false);
        auto t = async_task([held = left_behind{gone}] { wait_for_ever(); });
        const pid process = t.process();
        this_process::sleep(1ms);
        BOOST_CHECK(t.try_await(1ms).error().code == errc::timeout);
        this_process::sleep(1ms);
        BOOST_TEST(!process.alive());
        BOOST_TEST(*gone);
        BOOST_TEST(waiting_messages() == 0U);
    });
}

BOOST_AUTO_TEST_CASE(the_end_of_a_handle_ends_its_task_and_not_its_owner) {
    in_simulation([] {
        pid process;
        {
            const auto t = async_task(wait_for_ever);
            process = t.process();
            this_process::sleep(1ms);
            BOOST_TEST(process.alive());
        }
        this_process::sleep(1ms);
        BOOST_TEST(!process.alive());
        auto a = async_nolink(wait_for_ever);
        process = a.process();
        a = async_nolink(wait_for_ever);
        this_process::sleep(1ms);
        BOOST_TEST(!process.alive());
    });
}

BOOST_AUTO_TEST_CASE(a_handle_that_ends_in_another_process_spares_its_owner) {
    in_simulation([] {
        auto t = async_task(wait_for_ever);
        const pid process = t.process();
        const auto other = spawn_monitor([moved = std::move(t)]() mutable {
            BOOST_CHECK_THROW((void)moved.yield(0ms), std::logic_error); // the owner alone may wait
        });
        BOOST_CHECK(this_process::receive<down>().ref == other.monitor);
        this_process::sleep(1ms);
        BOOST_TEST(!process.alive());
    });
}

BOOST_AUTO_TEST_CASE(an_owner_that_ends_ends_its_tasks) {
    in_simulation([] {
        const auto gone = std::make_shared<bool>(false);
        const auto owner = spawn_monitor([gone] {
            auto t = async_nolink([held = left_behind{gone}] { wait_for_ever(); });
            this_process::sleep(1ms);
            throw std::runtime_error{"unwinds"};
        });
        BOOST_CHECK(this_process::receive<down>().ref == owner.monitor);
        this_process::sleep(1ms);
        BOOST_TEST(*gone);
    });
}

// Elixir, Task.shutdown/2: nothing when it ended as it was told, the value when it was there
// already.
BOOST_AUTO_TEST_CASE(shutdown_says_how_the_task_ended) {
    in_simulation([] {
        this_process::trap_exit(true);
        auto running = async_task(wait_for_ever);
        this_process::sleep(1ms);
        BOOST_TEST(!running.shutdown().has_value());
        auto brutal = async_task(wait_for_ever);
        BOOST_TEST(!brutal.shutdown(brutal_kill).has_value());
        BOOST_TEST(waiting_messages() == 0U);

        auto done = async_nolink(square, 3);
        this_process::sleep(1ms);
        BOOST_TEST(**done.shutdown() == 9);

        auto stubborn = async_nolink([] {
            this_process::trap_exit(true);
            wait_for_ever();
        });
        this_process::sleep(1ms);
        const auto r = stubborn.shutdown(10ms);
        BOOST_REQUIRE(r.has_value());
        BOOST_CHECK(r->error().reason == exit_reason::killed);
    });
}

BOOST_AUTO_TEST_CASE(an_ignored_task_goes_on) {
    in_simulation([] {
        const auto ran = std::make_shared<bool>(false);
        auto t = async_task([ran] {
            this_process::sleep(10ms);
            *ran = true;
            throw std::runtime_error{"nothing is linked with it"};
        });
        BOOST_TEST(!t.ignore().has_value());
        this_process::sleep(20ms);
        BOOST_TEST(*ran);
        auto done = async_task(square, 3);
        this_process::sleep(1ms);
        BOOST_TEST(**done.ignore() == 9);
    });
}

BOOST_AUTO_TEST_CASE(await_many_gives_values_in_the_order_of_the_tasks) {
    in_simulation([] {
        auto a = async_task([] {
            this_process::sleep(2ms);
            return 1;
        });
        auto b = async_task([] { return std::string{"two"}; });
        auto c = async_task([] {});
        const auto [x, y, z] = await_many(std::move(a), std::move(b), std::move(c));
        BOOST_TEST(x == 1);
        BOOST_TEST(y == "two");
        std::vector<task<int>> many;
        for (int i = 0; i < 20; ++i)
            many.push_back(async_task([i] {
                this_process::sleep(1ms * (20 - i));
                return i;
            }));
        const std::vector<int> values = await_many(many, 1s);
        for (int i = 0; i < 20; ++i)
            BOOST_TEST(values[static_cast<std::size_t>(i)] == i);
        BOOST_TEST(await_many(std::vector<task<int>>{}).empty());
    });
}

// Elixir: it fails with the first that fails, and does not wait for those before it.
BOOST_AUTO_TEST_CASE(await_many_fails_with_the_first_that_fails) {
    in_simulation([] {
        std::vector<task<int>> many;
        many.push_back(async_nolink([] {
            wait_for_ever();
            return 1;
        }));
        many.push_back(async_nolink(unlucky));
        const auto begin = this_process::now();
        try {
            await_many(many, infinity);
            BOOST_ERROR("it has not failed");
        } catch (const call_error& e) {
            BOOST_TEST(e.reason().crash()->what == "unlucky");
        }
        BOOST_CHECK(this_process::now() - begin < 1s);
        BOOST_TEST(many.front().process().alive()); // the handles say what becomes of the others
        BOOST_CHECK_THROW(await_many(std::move(many), 1ms), call_error);
    });
}

BOOST_AUTO_TEST_CASE(yield_many_tells_of_each) {
    in_simulation([] {
        std::vector<task<int>> many;
        many.push_back(async_nolink(square, 2));
        many.push_back(async_nolink(unlucky));
        many.push_back(async_nolink([] {
            this_process::sleep(1h);
            return 3;
        }));
        const auto answers = yield_many(many, 10ms);
        BOOST_TEST(**answers[0] == 4);
        BOOST_TEST(!answers[1]->has_value());
        BOOST_TEST(!answers[2].has_value());
        BOOST_TEST(!many[2].shutdown(brutal_kill).has_value());
    });
}

// Elixir, `$callers`: nearest first, through several levels.
BOOST_AUTO_TEST_CASE(a_task_knows_its_callers_and_a_crash_report_shows_them) {
    in_simulation([] {
        recorded_events<process_crashed> reports;
        const pid me = this_process::self();
        BOOST_TEST(this_process::callers().empty());
        const auto levels =
            async_task([] {
                const pid outer = this_process::self();
                auto inner = async_task([] { return this_process::callers(); });
                const auto callers = inner.await();
                return callers.size() == 2 && callers[0] == outer ? callers : std::vector<pid>{};
            }).await();
        BOOST_REQUIRE(levels.size() == 2U);
        BOOST_CHECK(levels[1] == me);
        (void)async_nolink(unlucky).try_await();
        this_process::sleep(1ms);
        BOOST_REQUIRE(reports.all.size() == 1U);
        BOOST_TEST(reports.all[0].callers == std::vector<std::string>{me.text()},
                   boost::test_tools::per_element());
        spawn([] { BOOST_TEST(this_process::callers().empty()); });
        this_process::sleep(1ms);
    });
}

BOOST_AUTO_TEST_CASE(a_linked_task_needs_a_process) {
    testing::simulation sim;
    BOOST_CHECK_THROW((void)async_task(square, 1), std::logic_error);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(async_stream_suite)

BOOST_AUTO_TEST_CASE(a_stream_gives_results_in_the_order_of_its_range) {
    in_simulation([] {
        const std::vector<int> numbers{5, 1, 4, 2, 3};
        std::vector<int> seen;
        const auto f = [](int n) {
            this_process::sleep(1ms * n);
            return n * n;
        };
        for (const result<int>& r : async_stream(numbers, f, {.max_concurrency = 3}))
            seen.push_back(*r);
        BOOST_TEST(seen == (std::vector<int>{25, 1, 16, 4, 9}), boost::test_tools::per_element());
        seen.clear();
        for (const result<int>& r :
             async_stream(numbers, f, {.max_concurrency = 5, .ordered = false}))
            seen.push_back(*r);
        BOOST_TEST(seen == (std::vector<int>{1, 4, 9, 16, 25}), boost::test_tools::per_element());
    });
}

BOOST_AUTO_TEST_CASE(no_more_than_max_concurrency_run_at_a_time) {
    in_simulation([] {
        int now = 0, most = 0, results = 0;
        const auto f = [&](int n) {
            most = std::max(most, ++now);
            this_process::sleep(1ms * (n % 7));
            --now;
        };
        for (const bool ordered : {true, false}) {
            for (const result<void>& r : async_stream(std::vector<int>(100, 3), f,
                                                      {.max_concurrency = 4, .ordered = ordered}))
                results += r.has_value();
            BOOST_TEST(most == 4);
        }
        BOOST_TEST(results == 200);
    });
}

// As in Elixir, an element that takes long holds up the results behind it, not their tasks.
BOOST_AUTO_TEST_CASE(an_ordered_stream_goes_on_behind_a_slow_element) {
    in_simulation([] {
        int begun = 0;
        const auto f = [&](int n) {
            ++begun;
            this_process::sleep(n == 0 ? 1s : 1ms);
            return begun;
        };
        std::vector<int> numbers(10, 1);
        numbers[0] = 0;
        for (const auto& r : async_stream(numbers, f, {.max_concurrency = 2})) {
            BOOST_TEST(*r == 10); // all had begun before the first was done
            break;
        }
    });
}

BOOST_AUTO_TEST_CASE(a_failure_is_the_result_of_its_element) {
    in_simulation([] {
        const std::vector<int> numbers{1, 13, 2};
        std::string seen;
        const auto f = [](int n) { return n == 13 ? unlucky() : n; };
        for (auto& r : async_stream(numbers, f))
            seen += r ? std::to_string(*r) : r.error().reason.crash()->what;
        BOOST_TEST(seen == "1unlucky2");
        BOOST_TEST(waiting_messages() == 0U);
    });
}

BOOST_AUTO_TEST_CASE(an_element_whose_time_is_up_fails_or_ends_the_stream) {
    in_simulation([] {
        const std::vector<int> numbers{1, 1000, 2};
        const auto f = [](int n) {
            this_process::sleep(1ms * n);
            return n;
        };
        for (const bool ordered : {true, false}) {
            int good = 0, late = 0;
            for (auto& r : async_stream(
                     numbers, f, {.max_concurrency = 3, .ordered = ordered, .timeout = 10ms}))
                if (r)
                    good += *r;
                else
                    late += r.error().code == errc::timeout;
            BOOST_TEST(good == 3);
            BOOST_TEST(late == 1);
        }
        int results = 0;
        const auto run = [&] {
            for (auto& r : async_stream(
                     numbers, f,
                     {.max_concurrency = 3, .timeout = 10ms, .on_timeout = on_timeout::exit}))
                results += r.has_value();
        };
        BOOST_CHECK_THROW(run(), call_error);
        BOOST_TEST(results == 1);
    });
}

BOOST_AUTO_TEST_CASE(leaving_the_loop_ends_what_runs) {
    in_simulation([] {
        const auto before = processes().size();
        const auto f = [](int n) {
            if (n > 0)
                wait_for_ever();
            return n;
        };
        for (auto& r : async_stream(std::vector<int>{0, 1, 2, 3}, f, {.max_concurrency = 4})) {
            BOOST_TEST(*r == 0);
            break;
        }
        this_process::sleep(1ms);
        BOOST_TEST(processes().size() == before);
        BOOST_TEST(waiting_messages() == 0U);
    });
}

BOOST_AUTO_TEST_CASE(an_empty_range_has_no_results) {
    in_simulation([] {
        for (auto& r : async_stream(std::vector<int>{}, square))
            BOOST_TEST(r.has_value() == false, "there is a result");
    });
}

BOOST_AUTO_TEST_SUITE_END()
