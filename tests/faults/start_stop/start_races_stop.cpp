// SPDX-License-Identifier: BSL-1.0
// A plain thread starts servers (try_start, call) while another plain thread stops and starts the
// runtime.
// Right: each start returns or throws logic_error (not running); wrong: it hangs for ever, or
// crashes on the freed runtime.
#include "case.hpp"
struct ask {
    using reply = int;
};
struct s {
    int handle_call(ask) { return 1; }
};
int main() {
    log::set_level(severity::off);
    std::atomic<bool> done{false};
    std::atomic<long> starts{0}, refused{0}, beat{0};
    std::thread client{[&] {
        while (!done) {
            try {
                auto r = try_start<s>();
                ++starts;
                if (r)
                    (void)r->try_call(ask{}, 1s);
            } catch (const std::exception&) {
                ++refused;
            }
            ++beat;
        }
    }};
    client.detach();
    const auto t0 = std::chrono::steady_clock::now();
    long seen = -1;
    auto moved = t0;
    int rounds = 0;
    bool hang = false;
    while (std::chrono::steady_clock::now() - t0 < 20s && !hang) {
        runtime::start({.threads = 1, .time_slice = 0s});
        std::this_thread::sleep_for(300us);
        runtime::stop();
        ++rounds;
        const auto now = std::chrono::steady_clock::now();
        if (beat != seen) {
            seen = beat;
            moved = now;
        } else if (now - moved > 3s)
            hang = true;
    }
    done = true;
    std::printf("%d rounds, %ld starts, %ld refused, client %s\n", rounds, starts.load(),
                refused.load(), hang ? "HANGS inside start" : "runs");
    std::fflush(stdout);
    _exit(verdict(!hang, "start from a plain thread while the runtime stops"));
}
