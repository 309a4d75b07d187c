// SPDX-License-Identifier: BSL-1.0
// idle_timeout(duration::max()), then idle_timeout(1s).
// Right: one timeout after a second; wrong: none, now + max wrapped round and looks like a timer
// that is under way.
#include "case.hpp"
struct a {};
struct b {};
struct count {
    using reply = int;
};
struct s {
    int n = 0;
    void handle_cast(a) { this_process::idle_timeout(std::chrono::steady_clock::duration::max()); }
    void handle_cast(b) { this_process::idle_timeout(1s); }
    void handle_info(timeout) { ++n; }
    int handle_call(count) { return n; }
};
int main() {
    watchdog(20);
    runtime::start({.threads = 1});
    int n = -1;
    runtime::run([&] {
        auto r = start<s>();
        r.cast(a{});
        this_process::sleep(100ms);
        r.cast(b{});
        this_process::sleep(2500ms);
        n = r.call(count{});
    });
    runtime::stop();
    std::printf("timeouts: %d\n", n);
    return verdict(n == 1, "idle_timeout after idle_timeout(max)");
}
