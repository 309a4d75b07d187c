// SPDX-License-Identifier: BSL-1.0
// sleep(hours::max()), call(m, seconds::max()), call(m, milliseconds::max()) and
// shutdown(seconds::max()).
// Right: waits as long as it takes, spec accepted; wrong: returns or times out at once, spec
// refused as negative.
#include "case.hpp"
struct ask {
    using reply = int;
};
struct s {
    int handle_call(ask) {
        this_process::sleep(1s);
        return 42;
    }
};
int main() {
    watchdog(20);
    bool call_ok = false, call_ms_ok = false;
    std::string why;
    double slept = 0;
    testing::simulation sim{1};
    sim.run([&] {
        auto r = start<s>();
        call_ok = bool(r.try_call(ask{}, std::chrono::seconds::max()));
        call_ms_ok = bool(r.try_call(ask{}, std::chrono::milliseconds::max()));
        const pid sleeper = spawn([&] {
            const auto t = this_process::now();
            this_process::sleep(std::chrono::hours::max());
            slept = std::chrono::duration<double>(this_process::now() - t).count();
        });
        this_process::sleep(60s);
        if (sleeper.alive())
            slept = 60;
    });
    auto spec =
        check_child_spec(child<s>("s").shutdown(std::chrono::seconds::max()), auto_shutdown::never);
    if (!spec)
        why = spec.error().detail;
    std::printf("sleep(hours::max) %.0f s, call(seconds::max) %d, call(milliseconds::max) %d, "
                "shutdown(seconds::max) %d %s\n",
                slept, call_ok, call_ms_ok, bool(spec), why.c_str());
    std::fflush(stdout);
    _exit(verdict(slept >= 60 && call_ok && call_ms_ok && spec,
                  "durations that do not fit in nanoseconds"));
}
