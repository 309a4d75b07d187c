// SPDX-License-Identifier: BSL-1.0
// A handler drops its `from` by an exception that it catches itself; the server lives on.
// Right: the caller's call fails with no_reply at once (guarantee 23); wrong: it waits for its
// timeout.
#include "case.hpp"
struct ask {
    using reply = int;
};
struct s {
    void handle_call(ask, from<int> f) {
        try {
            auto mine = std::move(f);
            throw std::runtime_error{"x"};
        } catch (const std::exception&) {}
    }
};
int main() {
    watchdog(20);
    errc code{};
    std::chrono::nanoseconds took{};
    testing::simulation sim{1};
    sim.run([&] {
        auto r = start<s>();
        const auto t = this_process::now();
        auto a = r.try_call(ask{}, 10s);
        took = this_process::now() - t;
        code = a ? errc{} : a.error().code;
    });
    std::printf("%s after %.3f s\n", std::string{to_string(code)}.c_str(), took.count() / 1e9);
    return verdict(code == errc::no_reply && took < 1s, "a from that dies in a caught exception");
}
