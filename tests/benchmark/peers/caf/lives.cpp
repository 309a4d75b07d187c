// SPDX-License-Identifier: BSL-1.0
// W4, W5, W7, W8, W11: actors that begin and end.
#include "../../figure.hpp"
#include "counter.hpp"
#include "workloads.hpp"
#include <memory>

namespace benchmark {
namespace {

constexpr int processes = 1'000'000, at_once = 10'000;

struct spawner_state {
    int begun = 0, over = 0;
};

/// Keeps `at_once` actors alive until all have been.
caf::behavior spawner(caf::stateful_actor<spawner_state>* self, const caf::actor& owner) {
    const auto spawn_one = [self] {
        self->spawn([](caf::event_based_actor* me,
                       const caf::actor& parent) { me->send(parent, done::value); },
                    caf::actor{self});
        ++self->state.begun;
    };
    for (int i = 0; i < at_once; ++i)
        spawn_one();
    return {[=](done) {
        if (self->state.begun < processes)
            spawn_one();
        if (++self->state.over == processes) {
            self->send(owner, done::value, long{self->state.over});
            self->quit();
        }
    }};
}

struct node_state {
    long total = 0;
    int missing = 10;
};

/// A leaf sends its number; an inner node sends the sum of its ten children.
caf::behavior skynet_node(caf::stateful_actor<node_state>* self,
                          const caf::actor& parent,
                          long first,
                          long leaves) {
    if (leaves == 1) {
        self->send(parent, done::value, first);
        return {};
    }
    const long each = leaves / 10;
    for (long i = 0; i < 10; ++i)
        self->spawn(skynet_node, caf::actor{self}, first + i * each, each);
    return {[=](done, long sum) {
        self->state.total += sum;
        if (--self->state.missing == 0) {
            self->send(parent, done::value, self->state.total);
            self->quit();
        }
    }};
}

/// Restarts its one child, and sends it to the client. CAF has no supervisors; this one is
/// by hand.
caf::behavior restarter(caf::event_based_actor* self, const caf::actor& client) {
    const auto start = [=] {
        self->send(client, begin::value, caf::actor{self->spawn<caf::monitored>(counter)});
    };
    self->set_down_handler([start](caf::down_msg&) { start(); });
    start();
    return {[](get) {}};
}

struct crasher_state {
    stopwatch since_start;
    long fresh = 0;
    double first_us = 0;
};

constexpr int crashes = 20'000, first_crashes = 1'000;

/// Crashes the child, and calls the one that comes after it, again and again.
caf::behavior crasher(caf::stateful_actor<crasher_state>* self, const caf::actor& owner) {
    const auto tree = self->spawn<caf::linked>(restarter, caf::actor{self});
    return {[=](begin, const caf::actor& child) {
        self->request(child, caf::infinite, add::value, 1).then([=](long n) {
            auto& seen = self->state;
            if (n == 1)
                ++seen.fresh;
            if (seen.fresh == first_crashes)
                seen.first_us = seen.since_start.ns_each(first_crashes) / 1000;
            if (seen.fresh <= crashes)
                return self->send(child, fail::value);
            self->send(owner, done::value, seen.first_us, seen.since_start.ns_each(crashes) / 1000);
            self->send_exit(tree, caf::exit_reason::kill);
            self->send_exit(child, caf::exit_reason::kill);
        });
    }};
}

/// One call to each server, one after the other; then says the sum of the answers.
void call_each(caf::event_based_actor* self,
               const std::vector<caf::actor>* servers,
               caf::actor owner,
               std::size_t next,
               long sum) {
    if (next == servers->size())
        return self->send(owner, done::value, sum);
    self->request((*servers)[next], caf::infinite, add::value, 1).then([=](long n) {
        call_each(self, servers, owner, next + 1, sum + n);
    });
}

} // namespace

void w4_spawn() {
    caf::scoped_actor self{the_system()};
    stopwatch w;
    self->spawn(spawner, caf::actor{self});
    long over = 0;
    self->receive([&](done, long n) { over = n; });
    report("W4", "ns_per_process", w.ns_each(processes), "ns", over == processes);
}

void w5_idle() {
    constexpr int servers = 1'000'000;
    caf::scoped_actor self{the_system()};
    std::vector<caf::actor> all;
    all.reserve(servers);
    const double before = resident_bytes();
    stopwatch w;
    for (int i = 0; i < servers; ++i)
        all.push_back(self->spawn(counter));
    const double ns = w.ns_each(servers);
    const double references = double{servers} * sizeof(all[0]);
    const double idle = resident_bytes() - before - references;
    long answered = 0;
    self->spawn([&all](caf::event_based_actor* me,
                       const caf::actor& owner) { call_each(me, &all, owner, 0, 0); },
                caf::actor{self});
    self->receive([&](done, long sum) { answered = sum; });
    const double called = resident_bytes() - before - references;
    const bool right = answered == servers;
    report("W5", "bytes_per_server", idle / servers, "B", right);
    report("W5", "ns_per_start", ns, "ns", right);
    report("W5", "bytes_per_server_after_a_call", called / servers, "B", right);
    for (const auto& server : all)
        self->send_exit(server, caf::exit_reason::kill);
}

void w7_skynet() {
    caf::scoped_actor self{the_system()};
    stopwatch w;
    self->spawn(skynet_node, caf::actor{self}, 0L, 1'000'000L);
    long total = 0;
    self->receive([&](done, long sum) { total = sum; });
    report("W7", "seconds", w.seconds(), "s", total == 499'999'500'000L);
}

void w8_restart() {
    caf::scoped_actor self{the_system()};
    self->spawn(crasher, caf::actor{self});
    double first_us = 0, us = 0; // a child that is not fresh would make it wait for ever
    self->receive([&](done, double a, double b) { first_us = a, us = b; });
    report("W8", "us_per_restart", us, "us", us > 0);
    report("W8", "us_per_restart_first_1000", first_us, "us", us > 0);
}

/// A fifth of the others' number: CAF 0.17 looks through all links of an actor for each new one.
void w11_links() {
    constexpr int linked = 20'000;
    caf::scoped_actor self{the_system()};
    const auto center = self->spawn([](caf::event_based_actor* me) {
        return caf::behavior{[me](fail) { me->quit(caf::exit_reason::user_shutdown); }};
    });
    std::vector<caf::actor> all; // an actor without a reference ends at once
    for (int i = 0; i < linked; ++i)
        all.push_back(self->spawn<caf::monitored>(
            [](caf::event_based_actor* me, const caf::actor& to, const caf::actor& owner) {
                me->link_to(to);
                me->send(owner, done::value);
                return caf::behavior{[](begin) {}};
            },
            center, caf::actor{self}));
    for (int i = 0; i < linked; ++i)
        self->receive([](done) {});
    stopwatch w;
    self->send(center, fail::value);
    int dead = 0;
    for (int i = 0; i < linked; ++i)
        self->receive(
            [&](const caf::down_msg& d) { dead += d.reason == caf::exit_reason::user_shutdown; });
    report("W11", "us_per_process", w.ns_each(linked) / 1000, "us", dead == linked);
}

} // namespace benchmark
