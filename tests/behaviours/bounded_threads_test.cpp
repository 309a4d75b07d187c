// SPDX-License-Identifier: BSL-1.0
// A mailbox with room for one message: the receiver makes room on one thread at the moment at which
// a sender on another thread has found none.
#include <atomic>
#include <boost/test/unit_test.hpp>
#include <coppice/gen_server.hpp>
#include <coppice/process_info.hpp>
#include <coppice/receive.hpp>
#include <coppice/runtime.hpp>
#include <coppice/sys.hpp>
#include <functional>
#include <random>

using namespace coppice;
using namespace std::chrono_literals;

namespace {

struct item {
    int n;
};

void spin_until(const std::function<bool()>& condition) {
    const auto limit = std::chrono::steady_clock::now() + 10s;
    while (!condition() && std::chrono::steady_clock::now() < limit) {}
}

/// Leaves the processors to the runtime's threads.
template <class T>
void wait_until(const std::atomic<T>& a, T wanted) {
    for (T now = a; now != wanted; now = a)
        a.wait(now);
}

template <class T>
void store_and_wake(std::atomic<T>& a, T value) {
    a = value;
    a.notify_all();
}

/// Puts the receiver on another thread than the sender.
const spawn_options on_the_low_priority_thread{.priority = priority::low,
                                               .mailbox = {.messages = 1}};

struct with_runtime {
    with_runtime() { runtime::start({.threads = 1}); }
    ~with_runtime() { runtime::stop(); }
};

/// Receives, and computes without a suspension point until the next message is in its mailbox.
struct computing_receiver {
    static constexpr int messages = 5'000;
    std::atomic<int> sent{0}, received{0};
    std::atomic<bool> begun{false}, held_up{false};
    pid self;

    void start() {
        spawn(on_the_low_priority_thread, [this] {
            self = this_process::self();
            store_and_wake(begun, true);
            for (int n = 0; n < messages; ++n) {
                this_process::receive<item>();
                const int wanted = std::min(n + 2, messages);
                if (!held_up) {
                    spin_until([&] { return sent >= wanted; });
                    held_up = sent < wanted;
                }
                store_and_wake(received, received + 1);
            }
        });
    }
    void send_all() {
        for (int n = 0; n < messages; ++n) {
            self.send(item{n});
            ++sent;
        }
    }
    void check() {
        wait_until(received, messages);
        BOOST_TEST(!held_up);
    }
};

/// Sends two messages to a process, the second when the receiver is about to take the first.
struct sender {
    struct send_two {
        pid to;
        int pause;
    };
    struct done {
        using reply = int;
    };
    int rounds = 0;

    void handle_cast(send_two s) {
        s.to.send(item{1});
        for (int i = 0; i < s.pause; ++i)
            std::atomic_signal_fence(std::memory_order_seq_cst);
        s.to.send(item{2});
        ++rounds;
    }
    int handle_call(done) { return rounds; }
};

/// A server on the low-priority thread, whose handler computes until it is told to end.
struct busy_server {
    struct compute {
        std::atomic<bool>* ends;
    };
    struct ask {
        pid target;
        std::atomic<int>* error;
    };

    busy_server() { this_process::set_priority(priority::low); }
    void handle_cast(compute c) {
        spin_until([&] { return c.ends->load(); });
    }
    void handle_cast(ask);
};

/// Gives up a wait for room in the other server's mailbox, and then waits for an answer that needs
/// no room.
struct impatient {
    struct give_up_and_wait {
        pid target;
        std::atomic<bool>* given_up;
    };
    struct nothing {
        using reply = int;
    };

    void handle_cast(give_up_and_wait g) {
        BOOST_TEST(
            (server_ref<busy_server>{g.target}.try_cast(busy_server::compute{}, 1ms).error().code ==
             errc::timeout));
        *g.given_up = true;
        (void)sys::try_suspend(g.target);
        (void)sys::try_resume(g.target);
    }
    int handle_call(nothing) { return 0; }
};

void busy_server::handle_cast(ask a) {
    const server_ref<impatient> other{a.target};
    store_and_wake(*a.error,
                   static_cast<int>(other.try_call(impatient::nothing{}, 2s).error().code));
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(bounded_threads_suite, with_runtime)

BOOST_AUTO_TEST_CASE(a_receiver_that_computes_holds_up_no_thread_that_has_room) {
    computing_receiver receiver;
    receiver.start();
    wait_until(receiver.begun, true);
    receiver.send_all();
    receiver.check();
}

// On a busy machine a low-priority process may begin on the normal thread: so the sender holds that
// thread until then.
BOOST_AUTO_TEST_CASE(a_receiver_that_computes_holds_up_no_process_that_has_room) {
    computing_receiver receiver;
    std::atomic<bool> sender_runs{false};
    spawn([&] {
        store_and_wake(sender_runs, true);
        wait_until(receiver.begun, true);
        receiver.send_all();
    });
    wait_until(sender_runs, true);
    receiver.start();
    receiver.check();
}

BOOST_AUTO_TEST_CASE(a_sender_that_is_about_to_find_room_is_no_link_in_a_ring_of_calls) {
    constexpr int rounds = 5'000;
    const std::uint32_t seed = std::random_device{}();
    BOOST_TEST_MESSAGE("seed " << seed);
    std::atomic<int> finished{0}, failed{0};
    const auto s = start<sender>();
    spawn(on_the_low_priority_thread, [&] {
        std::minstd_rand random{seed};
        for (int n = 1; n <= rounds; ++n) {
            s.cast(sender::send_two{this_process::self(), static_cast<int>(random() % 6'000)});
            this_process::receive<item>();
            failed += s.try_call(sender::done{}, 10s).has_error();
            this_process::receive<item>();
            store_and_wake(finished, n);
        }
    });
    wait_until(finished, rounds);
    BOOST_TEST(failed == 0);
}

BOOST_AUTO_TEST_CASE(a_wait_for_room_that_was_given_up_hides_no_ring_of_calls) {
    std::atomic<bool> ends{false}, given_up{false};
    std::atomic<int> error{0};
    const auto busy = start<busy_server>({.mailbox = {.messages = 1}});
    const auto s = start<impatient>();
    busy.cast(busy_server::compute{&ends});
    busy.cast(busy_server::ask{
        s, &error}); // waits until the first message is handled, and fills the mailbox
    s.cast(impatient::give_up_and_wait{busy, &given_up});
    spin_until(
        [&] { return given_up && process_info_from_outside(s)->waits_for == busy.process(); });
    ends = true;
    error.wait(0);
    BOOST_TEST(error == static_cast<int>(errc::call_cycle));
}

BOOST_AUTO_TEST_SUITE_END()
