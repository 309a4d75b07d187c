// SPDX-License-Identifier: BSL-1.0
// W1, W2, W3, W6: messages between actors that exist already.
#include "../../figure.hpp"
#include "counter.hpp"
#include "workloads.hpp"

namespace benchmark {
namespace {

constexpr int calls = 1'000'000, casts = 5'000'000, clients = 8, casts_each = 500'000;

/// Calls again and again; says the last answer to `owner`.
void call_next(caf::event_based_actor* self, caf::actor server, caf::actor owner, int left) {
    self->request(server, caf::infinite, add::value, 1).then([=](long n) {
        if (left > 1)
            call_next(self, server, owner, left - 1);
        else
            self->send(owner, done::value, n);
    });
}

/// Casts `messages`, and waits for the barrier.
void cast_all(caf::event_based_actor* self, caf::actor server, caf::actor owner, int messages) {
    for (int i = 0; i < messages; ++i)
        self->send(server, add_only::value, 1);
    self->request(server, caf::infinite, get::value).then([=](long n) {
        self->send(owner, done::value, n);
    });
}

long receive_done(caf::scoped_actor& self) {
    long value = 0;
    self->receive([&](done, long n) { value = n; });
    return value;
}

long ask(caf::scoped_actor& self, const caf::actor& server) {
    long value = -1;
    self->request(server, caf::infinite, get::value)
        .receive([&](long n) { value = n; }, [](caf::error&) {});
    return value;
}

} // namespace

void w1_call() {
    caf::scoped_actor self{the_system()};
    const auto server = self->spawn(counter);
    stopwatch w;
    self->spawn(call_next, server, caf::actor{self}, calls);
    const long last = receive_done(self);
    report("W1", "ns_per_call", w.ns_each(calls), "ns", last == calls);

    constexpr int from_thread_calls = calls / 10; // each costs a switch of the kernel's
    long answer = 0;
    stopwatch from_thread;
    for (int i = 0; i < from_thread_calls; ++i)
        self->request(server, caf::infinite, add::value, 1)
            .receive([&](long n) { answer = n; }, [](caf::error&) {});
    report("W1", "ns_per_call_from_thread", from_thread.ns_each(from_thread_calls), "ns",
           answer == calls + from_thread_calls);
    self->send_exit(server, caf::exit_reason::kill);
}

/// Nothing bounds the queue.
void w2_cast() {
    caf::scoped_actor self{the_system()};
    const auto server = self->spawn(counter);
    stopwatch w;
    self->spawn(cast_all, server, caf::actor{self}, casts);
    const long sum = receive_done(self);
    report("W2", "ns_per_message", w.ns_each(casts), "ns", sum == casts);
    self->send_exit(server, caf::exit_reason::kill);
}

void w3_fan_in() {
    caf::scoped_actor self{the_system()};
    const auto server = self->spawn(counter);
    stopwatch w;
    for (int c = 0; c < clients; ++c)
        self->spawn(cast_all, server, caf::actor{self}, casts_each);
    for (int c = 0; c < clients; ++c)
        receive_done(self);
    const double ns = w.ns_each(double{clients} * casts_each);
    report("W3", "ns_per_message", ns, "ns", ask(self, server) == long{clients} * casts_each);
    self->send_exit(server, caf::exit_reason::kill);
}

void w6_ring() {
    constexpr int processes = 503, hops = 5'000'000;
    caf::scoped_actor self{the_system()};
    std::vector<caf::actor> ring;
    for (int i = 0; i < processes; ++i)
        ring.push_back(self->spawn([owner = caf::actor{self}](caf::event_based_actor* me) {
            return caf::behavior{[=](begin, const caf::actor& next) {
                me->become([=](int left, int passed) {
                    if (left == 0)
                        me->send(owner, done::value, long{passed});
                    else
                        me->send(next, left - 1, passed + 1);
                });
            }};
        }));
    for (std::size_t i = 0; i < processes; ++i)
        self->send(ring[i], begin::value, ring[(i + 1) % processes]);
    stopwatch w;
    self->send(ring.front(), hops, 0);
    const long passed = receive_done(self);
    report("W6", "ns_per_hop", w.ns_each(hops), "ns", passed == hops);
    for (const auto& a : ring)
        self->send_exit(a, caf::exit_reason::kill);
}

} // namespace benchmark
