// SPDX-License-Identifier: BSL-1.0
// A handler that holds its thread must not delay processes that could run on another thread.
#include <algorithm>
#include <atomic>
#include <boost/test/unit_test.hpp>
#include <coppice/gen_server.hpp>
#include <coppice/process_info.hpp>
#include <coppice/runtime.hpp>
#include <coppice/this_process.hpp>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <thread>
#include <unistd.h>

using namespace coppice;
using namespace std::chrono_literals;

namespace {

/// The niceness of low-priority threads; the kernel's maximum is 19.
int low_priority_niceness() {
    return std::min(10, 19 - getpriority(PRIO_PROCESS, static_cast<id_t>(getpid())));
}

/// The niceness of the calling thread, relative to the thread that started the runtime.
int niceness() {
    static const int usual = getpriority(PRIO_PROCESS, static_cast<id_t>(getpid()));
    return getpriority(PRIO_PROCESS, static_cast<id_t>(syscall(SYS_gettid))) - usual;
}

void compute(std::chrono::milliseconds cpu) {
    timespec begin{}, now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &begin);
    do
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    while (std::chrono::seconds{now.tv_sec - begin.tv_sec} +
               std::chrono::nanoseconds{now.tv_nsec - begin.tv_nsec} <
           cpu);
}

struct note {};
struct hold {
    bool by_timer = false;
};
struct is_done {
    using reply = bool;
};
struct work {
    std::chrono::milliseconds cpu;
    using reply = int; // the niceness of the thread
};
struct declare {
    priority level;
};
struct tell {
    std::atomic<int>* niceness; // no caller waits, so no normal thread helps
};

struct shared {
    std::atomic<bool> served{false};
};

class waiting_server {
public:
    explicit waiting_server(shared* s) : shared_{s} {}
    void handle_cast(note) { shared_->served = true; }
    void handle_info(note) { shared_->served = true; }

private:
    shared* shared_;
};

/// Casts to the waiting server, now or by a timer, and holds its thread until that has served.
class holder {
public:
    holder(shared* s, server_ref<waiting_server> b) : shared_{s}, waiting_{b} {}
    void handle_cast(hold h) {
        if (h.by_timer)
            waiting_.send_after(1ms, note{});
        else
            waiting_.cast(note{});
        while (!shared_->served)
            compute(1ms);
    }
    bool handle_call(is_done) const { return true; }

private:
    shared* shared_;
    server_ref<waiting_server> waiting_;
};

class worker {
public:
    int handle_call(work w) {
        compute(w.cpu);
        return niceness();
    }
    void handle_cast(declare d) { this_process::set_priority(d.level); }
    void handle_cast(tell t) {
        *t.niceness = niceness();
        t.niceness->notify_all();
    }
};

class foreman : public worker {
public:
    static constexpr bool keeps_normal_priority = true;
};

struct on_one_thread {
    on_one_thread() {
        niceness();
        runtime::start({.threads = 1, .long_handler = 0s});
    }
    ~on_one_thread() { runtime::stop(); }
};

bool is_low_priority(server_ref<worker> w) {
    return process_info_from_outside(w.process()).value().priority == priority::low;
}

/// More than fills the bucket: on a busy machine the bucket drains as fast as ever, and fills as
/// slowly as the kernel lets the server compute.
constexpr auto long_work = 20ms;

/// Gives the server long work until it runs on low-priority threads; returns the number of calls.
int work_until_low_priority(server_ref<worker> w) {
    int calls = 0;
    for (; !is_low_priority(w); ++calls)
        w.call(work{long_work}, infinity);
    return calls;
}

/// Gives the server short work until it runs on normal threads. The server rests between two
/// messages, because the bucket of a server that waits for a thread does not drain: a server that
/// is called without a pause would wait nearly always where other programs keep low-priority
/// threads from running.
void rest_until_normal(server_ref<worker> w) {
    runtime::run([w] {
        while (is_low_priority(w)) {
            this_process::sleep(20ms);
            w.call(work{0ms}, infinity);
        }
    });
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(fairness_suite, on_one_thread)

BOOST_AUTO_TEST_CASE(a_process_behind_a_long_handler_runs_on_another_thread) {
    shared s;
    const auto b = start<waiting_server>(&s);
    const auto h = start<holder>(&s, b);
    h.cast(hold{});
    BOOST_TEST(h.call(is_done{}, infinity));
}

BOOST_AUTO_TEST_CASE(the_timers_of_a_long_handlers_thread_fire) {
    shared s;
    const auto b = start<waiting_server>(&s);
    const auto h = start<holder>(&s, b);
    h.cast(hold{.by_timer = true});
    BOOST_TEST(h.call(is_done{}, infinity));
}

BOOST_AUTO_TEST_CASE(a_standby_thread_helps_for_each_stuck_handler) {
    shared s[3];
    std::vector<server_ref<holder>> all;
    for (shared& x : s)
        all.push_back(start<holder>(&x, start<waiting_server>(&x)));
    for (const auto& h : all)
        h.cast(hold{});
    for (const auto& h : all)
        BOOST_TEST(h.call(is_done{}, infinity));
}

BOOST_AUTO_TEST_CASE(a_cpu_bound_server_moves_to_low_priority_threads_and_back) {
    const auto w = start<worker>();
    BOOST_TEST(w.call(work{0ms}, infinity) == 0);
    work_until_low_priority(w);
    std::atomic<int> there{-1};
    w.cast(tell{&there});
    there.wait(-1);
    BOOST_TEST(there == low_priority_niceness());
    rest_until_normal(w);
    BOOST_TEST(w.call(work{0ms}, infinity) == 0);
}

BOOST_AUTO_TEST_CASE(a_server_with_fixed_priority_stays_on_normal_threads) {
    const auto w = start<worker>();
    const auto f = start<foreman>();
    // One after the other: two overruns count only if there is less than a second between them.
    for (int calls = 3 * work_until_low_priority(w); calls > 0; --calls)
        BOOST_TEST(f.call(work{long_work}, infinity) == 0);
    BOOST_TEST(f.call(work{0ms}, infinity) == 0);
}

BOOST_AUTO_TEST_CASE(one_long_handler_does_not_move_its_server) {
    const auto w = start<worker>();
    w.call(work{50ms}, infinity);
    BOOST_TEST(!is_low_priority(w));
}

BOOST_AUTO_TEST_CASE(a_server_that_sets_low_priority_stays_on_low_priority_threads) {
    const auto w = start<worker>();
    w.cast(declare{priority::low});
    for (int i = 0; i < 100; ++i) {
        w.call(work{0ms}, infinity);
        BOOST_TEST(is_low_priority(w));
    }
    w.cast(declare{priority::normal});
    BOOST_TEST(w.call(work{0ms}, infinity) >= 0);
    BOOST_TEST(!is_low_priority(w));
}

BOOST_AUTO_TEST_CASE(a_function_process_of_low_priority_stays_on_a_low_priority_thread) {
    std::atomic<int> seen{-1};
    spawn({.priority = priority::low}, [&] {
        this_process::yield();
        seen = niceness();
        seen.notify_all();
    });
    seen.wait(-1);
    BOOST_TEST(seen == low_priority_niceness());
}

BOOST_AUTO_TEST_CASE(a_function_process_that_sets_its_priority_gets_an_error) {
    std::atomic<bool> told{false};
    runtime::run([&] {
        try {
            this_process::set_priority(priority::low);
        } catch (const std::logic_error& e) {
            told = std::string{e.what()}.find("spawn_options::priority") != std::string::npos;
        }
    });
    BOOST_TEST(told);
}

BOOST_AUTO_TEST_SUITE_END()
