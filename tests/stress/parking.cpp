// SPDX-License-Identifier: BSL-1.0
// Bursts and pauses, so that the threads go to sleep and are woken all the time.
//
// The next wake-up would repair a lost one, so all publishers publish at the same moment and then
// wait until all work is done: work without a wake-up waits for ever, and the watchdog finds it.
#include "counted_message.hpp"
#include "part.hpp"
#include <barrier>
#include <boost/asio/steady_timer.hpp>
#include <coppice/asio.hpp>
#include <coppice/gen_server.hpp>
#include <coppice/receive.hpp>
#include <vector>

namespace stress {

using namespace coppice;
using namespace std::chrono_literals;

namespace {

/// Counts down the work that a publisher waits for.
struct burst {
    std::atomic<std::uint32_t> left{0};

    void one_done() {
        watchdog::progress();
        if (left.fetch_sub(1, std::memory_order_acq_rel) == 1)
            left.notify_all();
    }
    void wait() {
        for (std::uint32_t n = left; n > 0; n = left)
            left.wait(n);
    }
};

struct hop { // goes on so many times before it is done
    burst* of;
    std::uint64_t hops;
};

struct cast_by_io {
    burst* of;
    std::uint64_t hops;
};

struct world {
    explicit world(const order& given) : o{given} {}

    const order& o;
    std::vector<server_ref<class relay>> relays;
    std::vector<pid> listeners, io;
};

class relay {
public:
    relay(world& w, std::uint64_t number) : w_{w}, dice_{w.o.seed, number} {}
    void handle_cast(hop h) {
        if (dice_.once_in(64))
            work();
        if (h.hops == 0)
            return h.of->one_done();
        --h.hops;
        if (dice_.once_in(2))
            w_.relays[dice_(w_.relays.size())].cast(hop{h});
        else
            w_.listeners[dice_(w_.listeners.size())].send(hop{h});
    }

private:
    /// A handler that takes a while: other threads must be woken for the messages behind it.
    void work() {
        const auto end = watchdog::clock::now() + dice_.up_to(200us);
        while (watchdog::clock::now() < end)
            ;
    }
    world& w_;
    dice dice_;
};

/// A function process stays on its thread, so a message to it wakes that thread.
void listener(world* w, std::uint64_t number) {
    dice d{w->o.seed, number};
    for (;;) {
        auto h = this_process::receive<hop>();
        if (h.hops == 0)
            h.of->one_done();
        else
            w->relays[d(w->relays.size())].cast(hop{h.of, h.hops - 1});
    }
}

/// Does its work when I/O has woken its thread.
void waits_for_io(world* w, std::uint64_t number) {
    dice d{w->o.seed, number};
    for (;;) {
        const auto c = this_process::receive<cast_by_io>();
        boost::asio::steady_timer timer{this_process::io_executor(), d.up_to(100us)};
        timer.async_wait(use_process);
        for (int i = 0; i < 3; ++i)
            w->relays[d(w->relays.size())].cast(hop{c.of, c.hops});
    }
}

/// Does nothing for a moment.
void pause(std::chrono::microseconds length) {
    std::mutex lock;
    std::condition_variable never;
    std::unique_lock hold{lock};
    never.wait_for(hold, length, [] { return false; });
}

void publish(world& w, dice& d, burst& b) {
    const auto size = static_cast<std::uint32_t>(d.once_in(8) ? 1 + d(600) : 1 + d(4));
    const bool with_io = d.once_in(4);
    b.left.store(size + (with_io ? 3 : 0), std::memory_order_release);
    if (with_io)
        w.io[d(w.io.size())].send(cast_by_io{&b, d(3)});
    for (std::uint32_t i = 0; i < size; ++i) {
        if (d.once_in(2))
            w.relays[d(w.relays.size())].cast(hop{&b, d(3)});
        else
            w.listeners[d(w.listeners.size())].send(hop{&b, d(3)});
    }
}

} // namespace

std::string parking(const order& o) {
    constexpr int publishers = 3;
    world w{o};
    start_runtime(2 + o.seed % 2);
    for (std::uint64_t i = 0; i < 8; ++i)
        w.relays.push_back(start<relay>(w, 100 + i));
    for (std::uint64_t i = 0; i < 6; ++i)
        w.listeners.push_back(spawn(listener, &w, 200 + i));
    for (std::uint64_t i = 0; i < 3; ++i)
        w.io.push_back(spawn(waits_for_io, &w, 300 + i));

    std::atomic<std::uint64_t> bursts{0};
    bool goes_on = true;
    std::barrier together{publishers, [&]() noexcept { goes_on = o.time_left(); }};
    std::vector<std::thread> threads;
    for (std::uint64_t p = 0; p < publishers; ++p)
        threads.emplace_back([&, p] {
            dice d{o.seed, p};
            burst b;
            for (;;) {
                together.arrive_and_wait();
                if (!goes_on)
                    return;
                if (d.once_in(3))
                    pause(d.up_to(300us));
                publish(w, d, b);
                b.wait();
                bursts.fetch_add(1, std::memory_order_relaxed);
            }
        });
    for (auto& t : threads)
        t.join();
    stop_runtime();
    return std::to_string(bursts) + " bursts of " + std::to_string(publishers) + " publishers";
}

} // namespace stress
