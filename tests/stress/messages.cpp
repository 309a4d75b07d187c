// SPDX-License-Identifier: BSL-1.0
// Function processes, servers and plain threads send, spawn, link, monitor, time and kill each
// other.
#include "counted_message.hpp"
#include "process_pool.hpp"
#include <coppice/gen_server.hpp>
#include <coppice/process_info.hpp>

namespace stress {

using namespace coppice;
using namespace std::chrono_literals;

namespace {

struct echo {
    std::uint64_t value;
    using reply = std::uint64_t;
};
struct wake_up {};

struct world {
    explicit world(const order& given) : o{given} {}

    const order& o;
    delivery_counter deliveries;
    std::atomic<std::uint64_t> actors{0}, replies{0};
    process_pool *processes = nullptr, *servers = nullptr;
};

class server {
public:
    explicit server(world& w) : w_{w}, dice_{w.o.seed, ++w.actors} {
        this_process::trap_exit(dice_.once_in(2));
    }
    void handle_cast(counted_message p) {
        p.handle();
        misbehave();
    }
    void handle_cast(wake_up) { misbehave(); }
    std::uint64_t handle_call(echo e) {
        if (dice_.once_in(16))
            this_process::sleep(dice_.up_to(2ms));
        misbehave();
        return e.value + 1;
    }
    void handle_info(message m) {
        if (auto* p = m.get_if<counted_message>())
            p->handle();
    }

private:
    void misbehave() {
        switch (dice_(200)) {
        case 0:
            throw std::runtime_error{"misbehaved"};
        case 1:
            return this_process::sleep(dice_.up_to(1ms));
        case 2:
            return this_process::stop();
        case 3:
            this_process::exit(exit_reason{"enough"});
        case 4:
            return w_.processes->any(dice_).send(counted_message{w_.deliveries});
        case 5:
            return ask();
        case 6:
            return (void)this_process::receive<counted_message>(dice_.up_to(1ms));
        default:
            return;
        }
    }
    void ask() {
        const std::uint64_t n = dice_(1'000'000);
        if (const auto r =
                server_ref<server>{w_.servers->any(dice_)}.try_call(echo{n}, dice_.up_to(2ms)))
            require(*r == n + 1, "a server gets the answer to its own question");
    }
    world& w_;
    dice dice_;
};

/// An action that is allowed in a process and on a plain thread.
void act(world& w, dice& d) {
    const pid target = d.once_in(2) ? w.processes->any(d) : w.servers->any(d);
    const server_ref<server> a_server{w.servers->any(d)};
    switch (d(16)) {
    case 0:
    case 1:
    case 2:
        return target.send(counted_message{w.deliveries});
    case 3:
    case 4:
        return a_server.cast(counted_message{w.deliveries});
    case 5:
        return (void)a_server.try_cast(counted_message{w.deliveries}, d.up_to(2ms));
    case 6:
    case 7:
    case 8: {
        const std::uint64_t n = d(1'000'000);
        if (const auto r = a_server.try_call(echo{n}, d.up_to(3ms))) {
            require(*r == n + 1, "a caller gets the answer to its own question");
            w.replies.fetch_add(1, std::memory_order_relaxed);
        }
        return;
    }
    case 9: {
        const std::uint64_t n = d(1'000'000);
        auto answer = a_server.send_request(echo{n});
        if (d.once_in(4))
            return; // drops the request
        if (const auto r = answer.try_get(d.up_to(3ms)))
            require(*r == n + 1, "a request gets its own answer");
        return;
    }
    case 10: {
        auto timer = target.send_after(d.up_to(3ms), counted_message{w.deliveries});
        if (d.once_in(2))
            (void)timer.cancel();
        return;
    }
    case 11:
        return (void)spawn(
            [](world* w, pid to) {
                to.send(counted_message{w->deliveries});
                this_process::yield();
            },
            &w, target);
    case 12:
        if (d.once_in(8))
            target.exit(d.once_in(2) ? exit_reason::kill : exit_reason{"go"});
        return;
    case 13:
        return (void)process_info_from_outside(target);
    default:
        return a_server.cast(wake_up{});
    }
}

/// An action that is allowed in a process only.
void act_as_process(world& w, dice& d) {
    const pid target = d.once_in(2) ? w.processes->any(d) : w.servers->any(d);
    switch (d(12)) {
    case 0: {
        const auto ref = this_process::monitor(target);
        if (d.once_in(2))
            this_process::demonitor(ref, this_process::flush::yes);
        return;
    }
    case 1:
        if (d.once_in(4))
            this_process::link(target); // throws when the target is dead: then the caller exits
        return;
    case 2:
        return this_process::unlink(target);
    case 3:
        return this_process::sleep(d.up_to(1ms));
    case 4:
        return this_process::yield();
    case 5:
        return (void)process_info(target);
    case 6:
        if (d.once_in(50))
            throw std::runtime_error{"tired"};
        return;
    case 7:
        return (void)this_process::trap_exit(d.once_in(2));
    default:
        // Takes all messages in the mailbox, and those that come within the time limit.
        while (this_process::receive(
            [](counted_message p) {
                p.handle();
                return true;
            },
            [](down) { return true; }, [](exit_signal) { return true; },
            after(d.up_to(1ms), [] { return false; })))
            ;
    }
}

void random_process(world* w) {
    dice d{w->o.seed, ++w->actors};
    for (std::uint64_t steps = 50 + d(1000); steps > 0 && !w->processes->closing(); --steps) {
        if (d.once_in(2))
            act(*w, d);
        else
            act_as_process(*w, d);
    }
}

mailbox_limit some_limit(std::size_t place) {
    constexpr overflow_policy policies[] = {overflow_policy::block, overflow_policy::reject,
                                            overflow_policy::drop_newest,
                                            overflow_policy::drop_oldest};
    if (place % 2 == 0)
        return {};
    return {.messages = static_cast<std::uint32_t>(1 + place % 8),
            .policy = policies[place / 2 % 4]};
}

} // namespace

std::string messages(const order& o) {
    world w{o};
    start_runtime(2 + o.seed % 3);
    process_pool processes{24, [&](std::size_t place) {
                               return spawn({.mailbox = some_limit(place)}, random_process, &w);
                           }};
    process_pool servers{16, [&](std::size_t place) {
                             const auto s = try_start<server>({.mailbox = some_limit(place)}, w);
                             return s ? s->process() : pid{};
                         }};
    w.processes = &processes;
    w.servers = &servers;
    std::atomic<int> running_pools{2};
    for (process_pool* g : {&processes, &servers})
        spawn([&o, &running_pools, g] {
            g->run(o);
            running_pools.fetch_sub(1);
            running_pools.notify_all();
        });
    std::vector<std::thread> outsiders;
    for (int i = 0; i < 2; ++i)
        outsiders.emplace_back([&] {
            dice d{o.seed, ++w.actors};
            while (o.time_left())
                act(w, d);
        });
    for (auto& t : outsiders)
        t.join();
    for (int left = running_pools; left > 0; left = running_pools)
        running_pools.wait(left);
    stop_runtime(); // drops the delayed messages
    require(w.deliveries.balanced(), "each message is handled or dropped, once");
    return std::to_string(w.deliveries.made) + " messages (" +
           std::to_string(w.deliveries.handled) + " handled, " +
           std::to_string(w.deliveries.dropped) + " dropped), " + std::to_string(w.replies) +
           " answers, " + std::to_string(processes.started() + servers.started()) + " lives";
}

} // namespace stress
