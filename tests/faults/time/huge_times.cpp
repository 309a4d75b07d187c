// SPDX-License-Identifier: BSL-1.0
// Tries: time limits at the edge of their type (duration::max, hours::max) wherever a duration is
// asked for.
// Right: each of them means "practically never"; nothing fires at once and nothing is reported as
// late.
#include <coppice.hpp>
#include <cstdio>
#include <thread>
using namespace coppice;
using namespace std::chrono_literals;
static int bad = 0;
#define CHECK(x)                                                                                   \
    do {                                                                                           \
        const bool ok_ = (x);                                                                      \
        std::printf("%s %s\n", ok_ ? "ok   " : "WRONG", #x);                                       \
        bad += !ok_;                                                                               \
    } while (0)
using dur = std::chrono::steady_clock::duration;
struct ask {
    using reply = int;
};
struct arm {
    dur d;
    using reply = int;
};
struct fired {
    using reply = int;
};
struct tick {};
struct srv {
    int n = 0;
    int handle_call(arm a) {
        this_process::idle_timeout(a.d);
        return 0;
    }
    int handle_call(fired) { return n; }
    int handle_call(ask) {
        this_process::sleep(20ms);
        return 1;
    }
    void handle_info(timeout) { ++n; }
    void handle_info(tick) { n += 100; }
};
int main() {
    runtime::start({.threads = 2});
    runtime::run([] {
        auto s = start<srv>();
        const auto idle_fires = [](dur d) {
            auto x = start<srv>();
            x.call(arm{d});
            this_process::sleep(100ms);
            return x.call(fired{}) != 0;
        };
        CHECK(!idle_fires(dur::max()));
        CHECK(!idle_fires(dur::max() - 1h));
        CHECK(!idle_fires(24h * 365));
        s.send_after(dur::max(), tick{});
        s.send_after(dur::max() - 1us, tick{});
        this_process::sleep(50ms);
        CHECK(s.call(fired{}) == 0);
        CHECK(s.try_call(ask{}, dur::max()).has_value());
        CHECK(s.try_call(ask{}, std::chrono::hours::max()).has_value());
        CHECK(s.try_call(ask{}, std::chrono::seconds::max()).has_value());
        CHECK(s.try_call(ask{}, std::chrono::milliseconds::max()).has_value());
        CHECK(s.try_call(ask{}, std::chrono::duration<double>(1e300)).has_value());
        const auto waits = [](time_limit l) { // for a message that comes after 100 ms
            this_process::self().send_after(100ms, tick{});
            const bool got = this_process::receive<tick>(l).has_value();
            if (!got)
                this_process::receive<tick>();
            return got;
        };
        CHECK(waits(dur::max()));
        CHECK(waits(std::chrono::milliseconds::max()));
        CHECK(waits(std::chrono::seconds::max()));
        CHECK(waits(std::chrono::hours::max()));
        CHECK(waits(std::chrono::years::max()));
        CHECK(waits(std::chrono::duration<double>(1e300)));
    });
    spawn([] { // needs 200 ms to go
        struct slow {
            ~slow() { std::this_thread::sleep_for(200ms); }
        } x;
        this_process::sleep(infinity);
    });
    std::this_thread::sleep_for(50ms);
    CHECK(runtime::stop(dur::max()).empty());
    std::printf("bad %d\n", bad);
    std::fflush(stdout);
    std::_Exit(bad != 0);
}
