// SPDX-License-Identifier: BSL-1.0
// One handler that holds its thread must not hold up those that could run elsewhere.
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

/// Nobody is nicer than 19.
int heavy_niceness() {
    return std::min(10, 19 - getpriority(PRIO_PROCESS, static_cast<id_t>(getpid())));
}

/// How nice the thread is that we run on, beside the one that started the runtime.
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
    using reply = int; // how nice the thread was
};
struct declare {
    bool heavy;
};
struct tell {
    std::atomic<int>* niceness; // no caller waits, so no normal thread comes to help
};

struct shared {
    std::atomic<bool> served{false};
};

class bystander {
public:
    explicit bystander(shared* s) : shared_{s} {}
    void handle_cast(note) { shared_->served = true; }
    void handle_info(note) { shared_->served = true; }

private:
    shared* shared_;
};

/// Casts to the bystander, now or by a timer of its thread, and holds the thread until that was served.
class holder {
public:
    holder(shared* s, server_ref<bystander> b) : shared_{s}, bystander_{b} {}
    void handle_cast(hold h) {
        if (h.by_timer)
            bystander_.send_after(1ms, note{});
        else
            bystander_.cast(note{});
        while (!shared_->served)
            compute(1ms);
    }
    bool handle_call(is_done) const { return true; }

private:
    shared* shared_;
    server_ref<bystander> bystander_;
};

class worker {
public:
    int handle_call(work w) {
        compute(w.cpu);
        return niceness();
    }
    void handle_cast(declare d) { this_process::heavy(d.heavy); }
    void handle_cast(tell t) {
        *t.niceness = niceness();
        t.niceness->notify_all();
    }
};

class foreman : public worker {
public:
    static constexpr bool never_heavy = true;
};

struct on_one_thread {
    on_one_thread() {
        niceness();
        runtime::start({.threads = 1, .long_handler = 0s});
    }
    ~on_one_thread() { runtime::stop(); }
};

bool is_heavy(server_ref<worker> w) { return info_from_outside(w.process()).value().heavy; }

/// More than fits into the bucket before it is full: on a machine that is busy with other things the
/// bucket leaks as fast as ever, and fills as slowly as the kernel lets the server compute.
constexpr auto long_work = 20ms;

/// Gives it long work until it is seen in the low-priority threads; how often that was.
int work_until_heavy(server_ref<worker> w) {
    int calls = 0;
    for (; !is_heavy(w); ++calls)
        w.call(work{long_work}, infinity);
    return calls;
}

/// Gives it short work until it is seen out of the low-priority threads. It rests between two messages, because
/// nothing leaks out of the bucket of a server that waits for a thread: one that is called again and
/// again would wait nearly always where others keep the low-priority threads from running.
void rest_until_normal(server_ref<worker> w) {
    runtime::run([w] {
        while (is_heavy(w)) {
            this_process::sleep(20ms);
            w.call(work{0ms}, infinity);
        }
    });
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(fairness_suite, on_one_thread)

BOOST_AUTO_TEST_CASE(what_waits_behind_a_long_handler_is_taken_over) {
    shared s;
    const auto b = start<bystander>(&s);
    const auto h = start<holder>(&s, b);
    h.cast(hold{});
    BOOST_TEST(h.call(is_done{}, infinity));
}

BOOST_AUTO_TEST_CASE(the_timers_of_a_long_handlers_thread_fire) {
    shared s;
    const auto b = start<bystander>(&s);
    const auto h = start<holder>(&s, b);
    h.cast(hold{.by_timer = true});
    BOOST_TEST(h.call(is_done{}, infinity));
}

BOOST_AUTO_TEST_CASE(as_many_spares_help_as_handlers_are_stuck) {
    shared s[3];
    std::vector<server_ref<holder>> all;
    for (shared& x : s)
        all.push_back(start<holder>(&x, start<bystander>(&x)));
    for (const auto& h : all)
        h.cast(hold{});
    for (const auto& h : all)
        BOOST_TEST(h.call(is_done{}, infinity));
}

BOOST_AUTO_TEST_CASE(a_hog_moves_to_the_heavy_lane_and_comes_back_when_it_behaves) {
    const auto w = start<worker>();
    BOOST_TEST(w.call(work{0ms}, infinity) == 0);
    work_until_heavy(w);
    std::atomic<int> there{-1};
    w.cast(tell{&there});
    there.wait(-1);
    BOOST_TEST(there == heavy_niceness());
    rest_until_normal(w);
    BOOST_TEST(w.call(work{0ms}, infinity) == 0);
}

BOOST_AUTO_TEST_CASE(a_server_that_is_never_heavy_stays_however_much_it_computes) {
    const auto w = start<worker>();
    const auto f = start<foreman>();
    // One behind the other: two offences count only when there is less than a second between them.
    for (int calls = 3 * work_until_heavy(w); calls > 0; --calls)
        BOOST_TEST(f.call(work{long_work}, infinity) == 0);
    BOOST_TEST(f.call(work{0ms}, infinity) == 0);
}

BOOST_AUTO_TEST_CASE(one_long_handler_is_no_hog) {
    const auto w = start<worker>();
    w.call(work{50ms}, infinity);
    BOOST_TEST(!is_heavy(w));
}

BOOST_AUTO_TEST_CASE(a_server_that_says_so_stays_in_the_heavy_lane) {
    const auto w = start<worker>();
    w.cast(declare{true});
    for (int i = 0; i < 100; ++i) {
        w.call(work{0ms}, infinity);
        BOOST_TEST(is_heavy(w));
    }
    w.cast(declare{false});
    BOOST_TEST(w.call(work{0ms}, infinity) >= 0);
    BOOST_TEST(!is_heavy(w));
}

BOOST_AUTO_TEST_CASE(a_heavy_function_runs_there_for_life) {
    std::atomic<int> seen{-1};
    spawn({.heavy = true}, [&] {
        this_process::yield();
        seen = niceness();
        seen.notify_all();
    });
    seen.wait(-1);
    BOOST_TEST(seen == heavy_niceness());
}

BOOST_AUTO_TEST_CASE(a_function_that_wants_to_become_heavy_is_told_how) {
    std::atomic<bool> told{false};
    runtime::run([&] {
        try {
            this_process::heavy();
        } catch (const std::logic_error& e) {
            told = std::string{e.what()}.find("spawn_options::heavy") != std::string::npos;
        }
    });
    BOOST_TEST(told);
}

BOOST_AUTO_TEST_SUITE_END()
