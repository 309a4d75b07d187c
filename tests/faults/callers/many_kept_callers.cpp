// SPDX-License-Identifier: BSL-1.0
// A server keeps N callers (from) and answers none: the cost of one more deferral.
// Right: about the same for N = 5,000 and 40,000; wrong: it grows with N, so that N callers cost N
// squared.
#include "case.hpp"
struct ask {
    using reply = int;
};
struct count {
    using reply = std::size_t;
};
struct s {
    std::vector<from<int>> k;
    void handle_call(ask, from<int> f) { k.push_back(std::move(f)); }
    std::size_t handle_call(count) { return k.size(); }
};
int main() {
    watchdog(60);
    log::set_level(severity::off);
    runtime::start({.threads = 1, .time_slice = 0s});
    double per[2];
    int j = 0;
    runtime::run([&] {
        for (int n : {5000, 40000}) {
            auto r = start<s>();
            std::vector<pending<int>> all;
            all.reserve(n);
            const auto t = std::chrono::steady_clock::now();
            for (int i = 0; i < n; ++i)
                all.push_back(r.send_request(ask{}));
            (void)r.try_call(count{}, infinity);
            per[j++] =
                std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - t)
                    .count() /
                n;
            r.process().exit(exit_reason::kill);
            this_process::sleep(10ms);
        }
    });
    runtime::stop();
    std::printf("per caller: %.2f us with 5,000, %.2f us with 40,000\n", per[0], per[1]);
    return verdict(per[1] < 3 * per[0], "many kept callers");
}
