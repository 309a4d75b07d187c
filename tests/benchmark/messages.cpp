// SPDX-License-Identifier: BSL-1.0
// W1, W2, W3, W6: messages between processes that exist already.
#include "counter.hpp"
#include "figure.hpp"
#include "workloads.hpp"
#include <coppice.hpp>

namespace benchmark {

using namespace coppice;

namespace {
struct token {
    int left, passed;
};
struct next_in_ring {
    pid next;
};
struct done {
    int passed = 0;
};

class station;
struct next_station {
    server_ref<station> next;
};

/// A process in the ring: it passes the token on, and the last one tells the owner.
class station {
public:
    explicit station(pid owner) : owner_{owner} {}
    void handle_cast(next_station n) { next_ = n.next; }
    void handle_cast(token t) {
        if (t.left == 0)
            owner_.send(done{t.passed});
        else
            next_.cast(token{t.left - 1, t.passed + 1});
    }

private:
    pid owner_;
    server_ref<station> next_;
};
} // namespace

void w1_call() {
    constexpr int calls = 1'000'000;
    const auto server = start<counter>();
    bool right = true;
    const auto client = [&] {
        for (int i = 0; i < calls; ++i)
            right &= server.call(add_and_get{1}) > 0;
    };
    runtime::run([&] {
        stopwatch w;
        client();
        report("W1", "ns_per_call", w.ns_each(calls), "ns", right && server.call(get{}) == calls);
    });
    stopwatch w;
    client();
    report("W1", "ns_per_call_from_thread", w.ns_each(calls), "ns",
           right && server.call(get{}) == 2L * calls);
}

void w2_cast() {
    // What bounds the queue: a sender whose receiver is 63 messages behind lets it run, every 64th
    // time, and waits for it every 512th, for a millisecond at most.
    constexpr int messages = 5'000'000;
    runtime::run([] {
        const auto server = start<counter>();
        stopwatch w;
        for (int i = 0; i < messages; ++i)
            server.cast(add{1});
        const long sum = server.call(get{}, infinity);
        report("W2", "ns_per_message", w.ns_each(messages), "ns", sum == messages);
    });
}

void w3_fan_in() {
    constexpr int clients = 8, messages = 500'000;
    runtime::run([] {
        const auto server = start<counter>();
        stopwatch w;
        for (int c = 0; c < clients; ++c)
            spawn(
                [](server_ref<counter> s, pid owner) {
                    for (int i = 0; i < messages; ++i)
                        s.cast(add{1});
                    s.call(get{}, infinity);
                    owner.send(done{});
                },
                server, this_process::self());
        for (int c = 0; c < clients; ++c)
            this_process::receive<done>();
        report("W3", "ns_per_message", w.ns_each(double{clients} * messages), "ns",
               server.call(get{}) == long{clients} * messages);
    });
}

void w6_ring() {
    constexpr int processes = 503, hops = 5'000'000;
    runtime::run([] {
        std::vector<server_ref<station>> ring;
        for (int i = 0; i < processes; ++i)
            ring.push_back(start<station>(this_process::self()));
        for (std::size_t i = 0; i < processes; ++i)
            ring[i].cast(next_station{ring[(i + 1) % processes]});
        stopwatch w;
        ring.front().cast(token{hops, 0});
        const int passed = this_process::receive<done>().passed;
        report("W6", "ns_per_hop", w.ns_each(hops), "ns", passed == hops);
    });
    runtime::run([] { // the same with function processes, which keep their stacks
        const pid owner = this_process::self();
        std::vector<pid> ring;
        for (int i = 0; i < processes; ++i)
            ring.push_back(spawn([owner] {
                const pid next = this_process::receive<next_in_ring>().next;
                for (;;) {
                    const token t = this_process::receive<token>();
                    if (t.left == 0)
                        owner.send(done{t.passed});
                    else
                        next.send(token{t.left - 1, t.passed + 1});
                }
            }));
        for (std::size_t i = 0; i < processes; ++i)
            ring[i].send(next_in_ring{ring[(i + 1) % processes]});
        stopwatch w;
        ring.front().send(token{hops, 0});
        const int passed = this_process::receive<done>().passed;
        report("W6", "ns_per_hop_of_functions", w.ns_each(hops), "ns", passed == hops);
        for (const pid p : ring)
            p.exit(exit_reason::kill);
    });
}

} // namespace benchmark
