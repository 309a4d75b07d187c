// SPDX-License-Identifier: BSL-1.0
#include "in_simulation.hpp"
#include <atomic>
#include <boost/test/unit_test.hpp>
#include <coppice/gen_server.hpp>
#include <coppice/names.hpp>
#include <coppice/process.hpp>
#include <coppice/process_info.hpp>
#include <coppice/receive.hpp>
#include <coppice/runtime.hpp>
#include <coppice/sys.hpp>
#include <coppice/system_monitor.hpp>
#include <stdexcept>
#include <thread>

using namespace coppice;
using namespace std::chrono_literals;

namespace {

struct work {};
struct be_busy {
    std::chrono::milliseconds time;
};
struct wait_busily {
    using reply = void;
    std::chrono::milliseconds time;
};
class worker {
public:
    void handle_cast(work) {}
    void handle_cast(be_busy b) { this_process::sleep(b.time); }
    void handle_call(wait_busily w) { this_process::sleep(w.time); }
};

void send_work(const server_ref<worker>& s, int n) {
    for (int i = 0; i < n; ++i)
        s.cast(work{});
}

/// What comes within a second of virtual time.
template <class M>
std::optional<M> next() {
    return this_process::receive<M>(1s);
}

constexpr system_monitor_options queues(std::size_t low, std::size_t high) {
    return {.long_message_queue = {.low = low, .high = high}, .interval = 1ms};
}

/// The same; there must be one.
template <class M>
M told() {
    auto m = next<M>();
    if (!m)
        throw std::runtime_error{"no notice came"};
    return std::move(*m);
}

/// How many processes there are beside the one that asks.
std::size_t others() { return processes().size() - 1; }

} // namespace

BOOST_AUTO_TEST_SUITE(system_monitor_suite)

// --- queues ---

// OTP, erlang:system_monitor/2, long_message_queue: once when it gets long, once when it is short.
BOOST_AUTO_TEST_CASE(a_queue_is_told_once_when_it_is_long_and_once_when_it_is_short_again) {
    in_simulation([] {
        const system_monitor watch{this_process::self(), queues(10, 100)};
        const auto s = start<worker>();
        register_name("the_worker", s).value();
        s.cast(be_busy{100ms});
        send_work(s, 500);
        const auto over = next<long_message_queue>();
        BOOST_TEST_REQUIRE(over.has_value());
        BOOST_TEST(over->over);
        BOOST_TEST((over->process == s.process()));
        BOOST_TEST(over->name == "the_worker");
        BOOST_TEST(over->messages >= 500U);
        BOOST_TEST(over->messages <= 501U); // the busy one, perhaps
        const auto under = next<long_message_queue>();
        BOOST_TEST_REQUIRE(under.has_value());
        BOOST_TEST(!under->over);
        BOOST_TEST(under->messages <= 10U);
        BOOST_TEST(!next<long_message_queue>().has_value());
    });
}

BOOST_AUTO_TEST_CASE(a_queue_is_long_above_high_and_short_at_low) {
    in_simulation([] {
        const system_monitor watch{this_process::self(), queues(2, 5)};
        const auto s = start<worker>();
        sys::suspend(s);
        send_work(s, 5);
        BOOST_TEST(!next<long_message_queue>().has_value());
        send_work(s, 1);
        BOOST_TEST(told<long_message_queue>().messages == 6U);
        BOOST_TEST(!next<long_message_queue>().has_value());
        sys::resume(s);
        BOOST_TEST(!told<long_message_queue>().over);
    });
}

BOOST_AUTO_TEST_CASE(the_mail_of_a_suspended_server_is_counted) {
    in_simulation([] {
        const auto s = start<worker>();
        sys::suspend(s);
        send_work(s, 300);
        const system_monitor watch{this_process::self(), queues(10, 100)};
        BOOST_TEST(told<long_message_queue>().messages == 300U);
        BOOST_TEST(process_info(s)->messages == 300U);
    });
}

BOOST_AUTO_TEST_CASE(mail_from_before_the_monitor_is_counted) {
    in_simulation([] {
        const auto s = start<worker>();
        s.cast(be_busy{100ms});
        this_process::sleep(1ms); // it is at it
        send_work(s, 300);
        const system_monitor watch{this_process::self(), queues(10, 100)};
        BOOST_TEST(told<long_message_queue>().messages == 300U);
    });
}

BOOST_AUTO_TEST_CASE(each_monitor_has_its_own_limits) {
    in_simulation([] {
        const system_monitor strict{this_process::self(), queues(0, 1)};
        const system_monitor mild{this_process::self(), queues(0, 1000)};
        const auto s = start<worker>();
        sys::suspend(s);
        send_work(s, 100);
        BOOST_TEST(told<long_message_queue>().messages == 100U);
        BOOST_TEST(!next<long_message_queue>().has_value());
    });
}

BOOST_AUTO_TEST_CASE(a_process_that_exits_with_a_long_queue_is_forgotten) {
    in_simulation([] {
        const system_monitor watch{this_process::self(), queues(0, 10)};
        const auto s = start<worker>();
        sys::suspend(s);
        send_work(s, 100);
        BOOST_TEST(told<long_message_queue>().over);
        s.process().exit(exit_reason::kill);
        BOOST_TEST(!next<long_message_queue>().has_value());
    });
}

// --- waits ---

BOOST_AUTO_TEST_CASE(a_call_that_takes_long_is_told_once) {
    in_simulation([] {
        const system_monitor watch{this_process::self(), {.long_wait = 2s, .interval = 10ms}};
        const auto s = start<worker>();
        const pid caller = spawn([s] {
            s.call(wait_busily{1s}, infinity); // not long
            for (int i = 0; i < 2; ++i)
                s.call(wait_busily{5s}, infinity);
        });
        for (int i = 0; i < 2; ++i) {
            const auto wait = this_process::receive<long_wait>(10s);
            BOOST_TEST_REQUIRE(wait.has_value());
            BOOST_TEST((wait->process == caller));
            BOOST_TEST((wait->waits_for == s.process()));
            BOOST_TEST(!wait->for_room);
            BOOST_TEST((wait->waited >= 2s && wait->waited < 2100ms));
        }
        BOOST_TEST(!this_process::receive<long_wait>(20s).has_value());
    });
}

BOOST_AUTO_TEST_CASE(a_wait_for_room_is_told_too) {
    in_simulation([] {
        const system_monitor watch{this_process::self(), {.long_wait = 2s, .interval = 10ms}};
        const auto s = start<worker>({.mailbox = {.messages = 1}});
        s.cast(be_busy{5s});
        this_process::sleep(1ms);
        s.cast(work{});
        spawn([s] { s.cast(work{}); });
        const auto wait = this_process::receive<long_wait>(10s);
        BOOST_TEST_REQUIRE(wait.has_value());
        BOOST_TEST(wait->for_room);
        BOOST_TEST((wait->waits_for == s.process()));
    });
}

BOOST_AUTO_TEST_CASE(a_process_that_waits_for_messages_waits_for_no_other) {
    in_simulation([] {
        const system_monitor watch{this_process::self(), {.long_wait = 1s, .interval = 10ms}};
        spawn([] { (void)this_process::receive<work>(1min); });
        spawn([] { this_process::sleep(1min); });
        BOOST_TEST(!this_process::receive<long_wait>(30s).has_value());
    });
}

// --- the owner ---

BOOST_AUTO_TEST_CASE(a_server_is_told_by_handle_info) {
    struct get_count {
        using reply = int;
    };
    struct owner {
        void handle_info(const long_message_queue& q) { count += q.over ? 1 : 100; }
        int handle_call(get_count) const { return count; }
        int count = 0;
        system_monitor watch{this_process::self(this), queues(0, 10)};
    };
    in_simulation([] {
        const auto o = start<owner>();
        const auto s = start<worker>();
        s.cast(be_busy{50ms});
        send_work(s, 50);
        this_process::sleep(1s);
        BOOST_TEST(o.call(get_count{}) == 101);
    });
}

BOOST_AUTO_TEST_CASE(a_monitor_ends_with_its_owner_and_with_its_scope) {
    in_simulation([] {
        const std::size_t before = others();
        {
            const system_monitor watch{this_process::self(), queues(0, 10)};
            BOOST_TEST(others() == before + 1);
        }
        this_process::sleep(1ms);
        BOOST_TEST(others() == before);

        const pid owner = spawn([] { this_process::sleep(1s); });
        const system_monitor watch{owner, queues(0, 10)};
        this_process::sleep(500ms);
        BOOST_TEST(others() == before + 2);
        this_process::sleep(1s);
        BOOST_TEST(others() == before);
    });
}

BOOST_AUTO_TEST_CASE(an_owner_without_room_is_told_when_it_has_some) {
    in_simulation([] {
        const pid test = this_process::self();
        const pid owner = spawn({.mailbox = {.messages = 1}}, [test] {
            this_process::sleep(10s);
            (void)this_process::receive<work>();
            for (int i = 0; i < 3; ++i)
                if (auto q = this_process::receive<long_message_queue>(1s))
                    test.send(std::move(*q));
        });
        owner.send(work{}); // it is full
        const system_monitor watch{owner, queues(0, 10)};
        const auto s = start<worker>();
        sys::suspend(s);
        send_work(s, 20);
        const auto q = this_process::receive<long_message_queue>(1min);
        BOOST_TEST_REQUIRE(q.has_value());
        BOOST_TEST(q->messages == 20U);
        BOOST_TEST(!this_process::receive<long_message_queue>(1min).has_value());
    });
}

BOOST_AUTO_TEST_CASE(a_look_sends_at_most_a_hundred_notices_and_the_next_one_the_rest) {
    in_simulation([] {
        std::vector<server_ref<worker>> all;
        for (int i = 0; i < 150; ++i) {
            all.push_back(start<worker>());
            sys::suspend(all.back());
            send_work(all.back(), 3);
        }
        system_monitor_options o = queues(0, 2);
        o.interval = 1s;
        const auto began = this_process::now();
        const system_monitor watch{this_process::self(), o};
        std::size_t at_first = 0, later = 0;
        while (this_process::receive<long_message_queue>(3s))
            ++(this_process::now() - began < 1500ms ? at_first : later);
        BOOST_TEST(at_first == 100U);
        BOOST_TEST(later >= 50U); // our own mailbox was long meanwhile, perhaps
        BOOST_TEST(later <= 52U);
    });
}

// --- mistakes ---

BOOST_AUTO_TEST_CASE(options_that_mean_nothing_are_refused) {
    struct row {
        const char* name;
        system_monitor_options options;
    };
    const row table[] = {
        {"low above high", {.long_message_queue = {.low = 2, .high = 1}}},
        {"low without high", {.long_message_queue = {.low = 1, .high = 0}}},
        {"negative handler", {.long_handler = -1ns}},
        {"negative wait", {.long_handler = 1s, .long_wait = -1h}},
        {"nothing", {}},
        {"only infinity", {.long_wait = infinity}},
        {"no interval", {.long_wait = 1s, .interval = 0s}},
        {"negative interval", {.long_wait = 1s, .interval = -1s}},
        {"an endless interval", {.long_wait = 1s, .interval = infinity}},
    };
    in_simulation([&] {
        const std::size_t before = others();
        for (const row& r : table)
            BOOST_CHECK_THROW((system_monitor{this_process::self(), r.options}),
                              std::invalid_argument);
        BOOST_CHECK_THROW((system_monitor{pid{}, queues(0, 1)}), std::invalid_argument);
        BOOST_TEST(others() == before);
    });
}

BOOST_AUTO_TEST_CASE(a_notice_that_the_owner_does_not_handle_is_refused) {
    struct owner {
        explicit owner(const system_monitor_options& o) : watch{this_process::self(this), o} {}
        void handle_info(const long_wait&) {}
        system_monitor watch;
    };
    in_simulation([] {
        BOOST_TEST(try_start<owner>(system_monitor_options{.long_wait = 1s}).has_value());
        const auto refused = try_start<owner>(queues(1, 2));
        BOOST_TEST_REQUIRE(!refused.has_value());
        BOOST_TEST((refused.error().reason.text().find("long_message_queue") != std::string::npos));
    });
}

// --- real threads ---

namespace {

struct on_threads {
    on_threads() { runtime::start({.threads = 2}); }
    ~on_threads() {
        on = false;
        runtime::stop();
    }
    template <class Condition>
    static void wait_until(Condition c) {
        while (!c())
            std::this_thread::yield();
    }
    static inline std::atomic<bool> on;
};

struct compute {};
class computer {
public:
    void handle_cast(compute) {
        while (on_threads::on)
            std::this_thread::yield();
    }
    void handle_cast(work) {}
};

std::atomic<std::size_t> told_handlers{0};
std::atomic<pid> told_process;

class handler_watcher {
public:
    void handle_info(const long_handler& h) {
        if (h.ran < 20ms || h.handling.find("compute") == std::string::npos)
            return; // on a busy machine another may be told of, too
        told_process = h.process;
        ++told_handlers;
    }

private:
    system_monitor watch_{this_process::self(this), {.long_handler = 20ms, .interval = 2ms}};
};

} // namespace

BOOST_FIXTURE_TEST_CASE(a_handler_that_holds_its_thread_is_told, on_threads) {
    on = true;
    told_handlers = 0;
    const auto watching = start<handler_watcher>();
    const auto busy = start<computer>();
    busy.cast(compute{});
    wait_until([] { return told_handlers != 0; });
    BOOST_TEST((told_process.load() == busy.process()));
    on = false;
    watching.stop();
}

BOOST_FIXTURE_TEST_CASE(all_mail_of_a_handler_that_computes_is_counted, on_threads) {
    on = true;
    const auto busy = start<computer>();
    const system_monitor watch{spawn([] { this_process::sleep(infinity); }), queues(0, 100'000)};
    busy.cast(compute{});
    wait_until([&] { return !process_info_from_outside(busy)->handling.empty(); });
    for (int i = 0; i < 500; ++i)
        busy.cast(work{});
    BOOST_TEST(process_info_from_outside(busy)->messages == 500U);
    on = false;
    wait_until([&] { return process_info_from_outside(busy)->messages == 0; });
}

BOOST_AUTO_TEST_SUITE_END()
