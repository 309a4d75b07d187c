// SPDX-License-Identifier: BSL-1.0
// Runs each hot path under callgrind, which dumps a count for it. See instructions.py.
#include <coppice.hpp>
#include <cstdio>
#include <cstdlib>
#if __has_include(<valgrind/callgrind.h>)
#include <valgrind/callgrind.h>
#else
#define CALLGRIND_START_INSTRUMENTATION
#define CALLGRIND_ZERO_STATS
#define CALLGRIND_DUMP_STATS_AT(name)
#endif

using namespace coppice;
using namespace std::chrono_literals;

namespace {

struct add {
    long n;
    using reply = long;
};
struct note {};
struct over {};
struct hop {
    long left;
};

class counter {
public:
    long handle_call(add a) { return value_ += a.n; }
    void handle_cast(note) { ++value_; }

private:
    long value_ = 0;
};

class ring_member {
public:
    explicit ring_member(pid owner) : owner_{owner} {}
    struct follow {
        server_ref<ring_member> next;
        using reply = bool;
    };
    bool handle_call(follow f) {
        next_ = f.next;
        return true;
    }
    void handle_cast(hop h) {
        if (h.left == 0)
            owner_.send(over{});
        else
            next_.cast(hop{h.left - 1});
    }

private:
    pid owner_;
    server_ref<ring_member> next_;
};

/// Runs `path` once to warm up and once more to be counted.
template <class Path>
void count(const char* name, Path path) {
    path();
    CALLGRIND_ZERO_STATS;
    path();
    CALLGRIND_DUMP_STATS_AT(name);
}

void all_paths(long times) {
    const pid self = this_process::self();
    const auto server = start<counter>();
    count("call", [&] {
        for (long i = 0; i < times; ++i)
            server.call(add{1});
    });
    count("cast", [&] {
        for (long i = 0; i < times; ++i)
            server.cast(note{});
        server.call(add{0});
    });
    std::vector<server_ref<ring_member>> ring;
    for (int i = 0; i < 100; ++i)
        ring.push_back(start<ring_member>(self));
    for (std::size_t i = 0; i < ring.size(); ++i)
        ring[i].call(ring_member::follow{ring[(i + 1) % ring.size()]});
    count("hop", [&] {
        ring[0].cast(hop{times});
        this_process::receive<over>();
    });
    count("spawn", [&] {
        for (long i = 0; i < times; ++i) {
            spawn([self] { self.send(over{}); });
            this_process::receive<over>();
        }
    });
    count("start_and_stop", [&] {
        for (long i = 0; i < times; ++i)
            start<counter>().stop();
    });
    count("timer_cancelled", [&] {
        for (long i = 0; i < times; ++i)
            (void)self.send_after(1h, over{}).cancel();
    });
    count("timer_fired", [&] {
        for (long i = 0; i < times; ++i) {
            self.send_after(0s, over{});
            if (i % 1000 == 999) // many are due at once, as they are where there are many
                for (int k = 0; k < 1000; ++k)
                    this_process::receive<over>();
        }
    });
}

} // namespace

int main(int count, char** arguments) {
    if (count != 2) {
        std::fprintf(stderr, "usage: %s TIMES\n", arguments[0]);
        return 2;
    }
    setenv("COPPICE_LOG", "off", 0);
    runtime::start({.threads = 1, .time_slice = 0s, .long_handler = 0s});
    CALLGRIND_START_INSTRUMENTATION;
    runtime::run([times = std::strtol(arguments[1], nullptr, 10)] { all_paths(times); });
    runtime::stop();
}
