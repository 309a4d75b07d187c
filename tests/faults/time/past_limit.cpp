// SPDX-License-Identifier: BSL-1.0
// A call whose limit lies far in the past: time_point::min(), and -2 h on a clock that shows 1 h
// (as after a boot).
// Right: it times out at once; wrong: it waits for ever (the tick becomes a huge unsigned number).
#include "case.hpp"
struct ask {
    using reply = int;
};
struct s {
    std::vector<from<int>> k;
    void handle_call(ask, from<int> f) { k.push_back(std::move(f)); }
};
int main() {
    watchdog(10);
    errc a{}, b{};
    testing::simulation sim{1};
    std::chrono::nanoseconds took{};
    sim.run([&] {
        auto r = start<s>();
        const auto t = this_process::now();
        auto x = r.try_call(ask{}, time_limit{std::chrono::steady_clock::time_point::min()});
        a = x ? errc{} : x.error().code;
        auto y = r.try_call(ask{}, -2h);
        b = y ? errc{} : y.error().code;
        took = this_process::now() - t;
    });
    std::printf("%s, %s after %.0f s\n", std::string{to_string(a)}.c_str(),
                std::string{to_string(b)}.c_str(), took.count() / 1e9);
    return verdict(a == errc::timeout && b == errc::timeout && took < 1s, "limits in the far past");
}
