// SPDX-License-Identifier: BSL-1.0
// Throws, catches, and waits inside catch blocks, while many processes do the same on the same
// threads.
#include "process_pool.hpp"
#include <coppice/gen_server.hpp>
#include <exception>

namespace stress {

using namespace coppice;
using namespace std::chrono_literals;

namespace {

struct own {
    std::uint64_t value;
};

struct divide { // a server that throws and catches itself
    std::uint64_t by;
    using reply = std::uint64_t;
};
struct note {};

struct world {
    explicit world(const order& given) : o{given} {}

    const order& o;
    std::uint64_t goal{o.is_long ? 1'000'000U : 0U}; // so many throws, however long it takes
    std::atomic<std::uint64_t> actors{0}, throws{0};
    process_pool *throwers = nullptr, *servers = nullptr;

    void count() {
        throws.fetch_add(1, std::memory_order_relaxed);
        watchdog::progress();
    }
};

[[noreturn]] void throw_some(std::uint64_t value) {
    switch (value % 4) {
    case 0:
        throw static_cast<int>(value);
    case 1:
        throw std::to_string(value);
    case 2:
        throw std::runtime_error{std::to_string(value)};
    default:
        throw own{value};
    }
}

/// Whether the exception that is being handled was thrown for `value`.
bool is_caught(std::uint64_t value) {
    try {
        throw;
    } catch (int i) {
        return value % 4 == 0 && static_cast<std::uint64_t>(i) == value;
    } catch (const std::string& s) {
        return value % 4 == 1 && s == std::to_string(value);
    } catch (const std::runtime_error& e) {
        return value % 4 == 2 && e.what() == std::to_string(value);
    } catch (const own& o) {
        return value % 4 == 3 && o.value == value;
    }
}

class server;
void wait_somehow(world& w, dice& d);

/// Waits in a destructor, while an exception passes through.
struct waits_while_unwinding {
    dice& d;
    ~waits_while_unwinding() {
        require(std::uncaught_exceptions() == 1, "one exception is on its way");
        if (d.once_in(2))
            this_process::sleep(d.up_to(500us));
        else
            this_process::yield();
        require(std::uncaught_exceptions() == 1, "and it still is, after a wait");
    }
};

void throw_and_catch(world& w, dice& d, int depth) {
    const std::uint64_t value = d(1'000'000);
    try {
        if (d.once_in(16)) {
            const waits_while_unwinding slowly{d};
            throw_some(value);
        }
        throw_some(value);
    } catch (...) { // NOLINT: the exception is checked below; nothing waits inside the try
        const std::exception_ptr mine = std::current_exception();
        wait_somehow(w, d);
        require(std::current_exception() == mine, "after a wait the own exception is current");
        if (depth < 3 && d.once_in(3)) {
            throw_and_catch(w, d, depth + 1);
            require(std::current_exception() == mine,
                    "and after another one was thrown and caught");
        }
        require(is_caught(value), "it is still what was thrown");
        require(std::current_exception() == mine, "also when it was thrown again");
    }
    require(std::uncaught_exceptions() == 0, "none is on its way");
    w.count();
}

class server {
public:
    explicit server(world& w) : w_{w}, dice_{w.o.seed, ++w.actors} {}
    std::uint64_t handle_call(divide q) {
        throw_and_catch(w_, dice_, 2);
        if (dice_.once_in(20))
            throw_some(q.by); // this exception leaves the handler
        return q.by;
    }

private:
    world& w_;
    dice dice_;
};

void wait_somehow(world& w, dice& d) {
    switch (d(8)) {
    case 0:
        return this_process::sleep(d.up_to(1ms));
    case 1:
    case 2:
        return this_process::yield();
    case 3: { // a call, perhaps with a timeout; its server throws too
        const std::uint64_t n = d(1'000'000);
        if (const auto r = server_ref<server>{w.servers->any(d)}.try_call(divide{n}, d.up_to(2ms)))
            require(*r == n, "a call inside a catch block gets its answer");
        return;
    }
    case 4:
        return (void)this_process::receive<note>(d.up_to(1ms));
    case 5:
        this_process::self().send(note{});
        return (void)this_process::receive<note>();
    default:
        return;
    }
}

void thrower(world* w) {
    dice d{w->o.seed, ++w->actors};
    for (std::uint64_t n = 10 + d(1000); n > 0 && !w->throwers->closing(); --n)
        throw_and_catch(*w, d, 0);
    if (d.once_in(2))
        throw_some(d(1'000'000));
}

void killer(world* w) {
    dice d{w->o.seed, ++w->actors};
    while (!w->throwers->closing()) {
        this_process::sleep(d.up_to(2ms));
        (d.once_in(2) ? w->throwers : w->servers)->any(d).exit(exit_reason::kill);
    }
}

} // namespace

std::string exceptions(const order& o) {
    world w{o};
    start_runtime(2);
    process_pool servers{4, [&](std::size_t) {
                             const auto s = try_start<server>(w);
                             return s ? s->process() : pid{};
                         }};
    process_pool throwers{
        24, [&](std::size_t place) { return place == 0 ? spawn(killer, &w) : spawn(thrower, &w); }};
    w.servers = &servers;
    w.throwers = &throwers;
    std::atomic<int> running_pools{2};
    const auto enough = [&w] { return w.throws >= w.goal; };
    for (process_pool* g : {&throwers, &servers})
        spawn([&, g] {
            g->run(o, enough);
            running_pools.fetch_sub(1);
            running_pools.notify_all();
        });
    for (int left = running_pools; left > 0; left = running_pools)
        running_pools.wait(left);
    stop_runtime();
    return std::to_string(w.throws) + " throws, " +
           std::to_string(servers.started() + throwers.started()) + " lives";
}

} // namespace stress
