// SPDX-License-Identifier: BSL-1.0
// A process calls a bounded server (block) with a limit of 1 s; room comes after 0.9 s, the answer
// never.
// Right: timeout after 1 s; wrong: after 1.9 s, the limit is spent twice.
#include "case.hpp"
struct ask {
    using reply = int;
};
struct work {};
struct note {};
struct s {
    std::vector<from<int>> k;
    void handle_call(ask, from<int> f) { k.push_back(std::move(f)); }
    void handle_cast(work) { this_process::sleep(900ms); }
    void handle_cast(note) {}
};
int main() {
    watchdog(10);
    double took = 0;
    errc code{};
    testing::simulation sim{1};
    sim.run([&] {
        auto r = start<s>({.mailbox = {.messages = 1, .policy = overflow_policy::block}});
        r.cast(work{});
        this_process::sleep(1ms);
        r.cast(note{});
        const auto t = this_process::now();
        auto a = r.try_call(ask{}, 1s);
        took = std::chrono::duration<double>(this_process::now() - t).count();
        code = a ? errc{} : a.error().code;
    });
    std::printf("%s after %.3f s\n", std::string{to_string(code)}.c_str(), took);
    return verdict(took < 1.1, "the limit of a call to a bounded server");
}
