// SPDX-License-Identifier: BSL-1.0
// Every call is answered once: with its own answer, or with a failure that has a reason.
#include "process_pool.hpp"
#include <coppice/gen_server.hpp>

namespace stress {

using namespace coppice;
using namespace std::chrono_literals;

namespace {

constexpr std::uint64_t answer_to(std::uint64_t question) { return question * 2 + 1; }

struct ask { // answered in the handler
    std::uint64_t question;
    using reply = std::uint64_t;
};
struct ask_later { // answered later, by the process that holds the caller
    std::uint64_t question;
    using reply = std::uint64_t;
};

struct world {
    explicit world(const order& given) : o{given} {}

    const order& o;
    std::atomic<std::uint64_t> actors{0}, asked{0}, answered{0};
    std::atomic<std::uint64_t> failures[32]{};
    process_pool *oracles = nullptr, *clients = nullptr;

    void count(const result<std::uint64_t>& r, std::uint64_t question) {
        watchdog::progress();
        if (r) {
            require(*r == answer_to(question), "a caller gets the answer to its own question");
            answered.fetch_add(1, std::memory_order_relaxed);
            return;
        }
        const errc why = r.error().code;
        require(why == errc::timeout || why == errc::noproc || why == errc::exited ||
                    why == errc::no_reply || why == errc::call_cycle || why == errc::calling_self,
                "a call fails for one of the reasons that there are here");
        failures[static_cast<std::size_t>(why)].fetch_add(1, std::memory_order_relaxed);
    }
};

class oracle {
public:
    explicit oracle(world& w) : w_{w}, dice_{w.o.seed, ++w.actors} {}

    std::uint64_t handle_call(ask a) {
        answer_some();
        switch (dice_(24)) {
        case 0:
            throw std::runtime_error{"no answer"};
        case 1:
            this_process::sleep(dice_.up_to(2ms));
            break;
        case 2:
            this_process::stop();
            break;
        case 3:
        case 4: { // asks another before it answers
            const std::uint64_t q = dice_(1'000'000);
            w_.asked.fetch_add(1, std::memory_order_relaxed);
            w_.count(server_ref<oracle>{w_.oracles->any(dice_)}.try_call(ask{q}, dice_.up_to(2ms)),
                     q);
            break;
        }
        default:
            break;
        }
        return answer_to(a.question);
    }
    void handle_call(ask_later a, from<std::uint64_t> caller) {
        switch (dice_(8)) {
        case 0:
            return; // dropped: no_reply
        case 1:
            return caller.reply(answer_to(a.question));
        case 2:
        case 3:
            spawn(
                [](std::uint64_t question, from<std::uint64_t> caller,
                   std::chrono::microseconds t) {
                    this_process::sleep(t);
                    caller.reply(answer_to(question));
                },
                a.question, std::move(caller), dice_.up_to(2ms));
            return;
        default:
            kept_.push_back({a.question, std::move(caller)});
            if (dice_.once_in(64))
                throw std::runtime_error{"dies with callers"};
        }
    }

private:
    struct waiting {
        std::uint64_t question;
        from<std::uint64_t> caller;
    };
    void answer_some() {
        for (auto n = dice_(4); n > 0 && !kept_.empty(); --n) {
            kept_.back().caller.reply(answer_to(kept_.back().question));
            kept_.pop_back();
        }
    }
    world& w_;
    dice dice_;
    std::vector<waiting> kept_;
};

template <class M>
void ask_in_one_way(world& w, dice& d) {
    const auto an_oracle = [&] { return server_ref<oracle>{w.oracles->any(d)}; };
    const auto limit = d.once_in(8) ? std::chrono::microseconds{20ms} : d.up_to(2ms);
    const std::uint64_t first = d(1'000'000);
    w.asked.fetch_add(1, std::memory_order_relaxed);
    switch (d(4)) {
    case 0:
    case 1:
        return w.count(an_oracle().try_call(M{first}, limit), first);
    case 2:
        return w.count(an_oracle().send_request(M{first}).try_get(limit), first);
    default:
        break;
    }
    request_set<std::uint64_t, std::uint64_t> set;
    const std::uint64_t size = 1 + d(8);
    w.asked.fetch_add(size - 1, std::memory_order_relaxed);
    for (std::uint64_t i = 0; i < size; ++i)
        set.add(first + i, an_oracle().send_request(M{first + i}));
    while (auto a = set.next(limit))
        w.count(a->value, a->label);
    w.failures[0].fetch_add(set.size(), std::memory_order_relaxed); // dropped with the set
}

void ask_on(world& w, dice& d) {
    if (d.once_in(3))
        ask_in_one_way<ask_later>(w, d);
    else
        ask_in_one_way<ask>(w, d);
}

void client(world* w) {
    dice d{w->o.seed, ++w->actors};
    for (std::uint64_t n = d(2000); n > 0 && !w->clients->closing(); --n)
        ask_on(*w, d);
}

void killer(world* w) {
    dice d{w->o.seed, ++w->actors};
    while (!w->clients->closing()) {
        this_process::sleep(d.up_to(1ms));
        (d.once_in(3) ? w->clients : w->oracles)->any(d).exit(exit_reason::kill);
    }
}

} // namespace

std::string calls(const order& o) {
    world w{o};
    start_runtime(2 + o.seed % 2);
    process_pool oracles{6, [&](std::size_t) {
                             const auto s = try_start<oracle>(w);
                             return s ? s->process() : pid{};
                         }};
    process_pool clients{
        12, [&](std::size_t place) { return place == 0 ? spawn(killer, &w) : spawn(client, &w); }};
    w.oracles = &oracles;
    w.clients = &clients;
    std::atomic<int> running_pools{2};
    for (process_pool* g : {&clients, &oracles})
        spawn([&o, &running_pools, g] {
            g->run(o);
            running_pools.fetch_sub(1);
            running_pools.notify_all();
        });
    std::vector<std::thread> threads;
    for (int i = 0; i < 3; ++i)
        threads.emplace_back([&] {
            dice d{o.seed, ++w.actors};
            while (o.time_left())
                ask_on(w, d);
        });
    for (auto& t : threads)
        t.join();
    for (int left = running_pools; left > 0; left = running_pools)
        running_pools.wait(left);
    stop_runtime();
    require(w.answered > 0, "some are answered");
    return std::to_string(w.asked) + " questions, " + std::to_string(w.answered) + " answers, " +
           std::to_string(w.failures[static_cast<std::size_t>(errc::timeout)]) + " time-outs, " +
           std::to_string(oracles.started() + clients.started()) + " lives";
}

} // namespace stress
