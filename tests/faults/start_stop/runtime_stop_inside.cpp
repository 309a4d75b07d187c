// SPDX-License-Identifier: BSL-1.0
// Tries: runtime::stop, runtime::run, application::run called in a process and in blocking().
// Right: each is refused with a sentence (std::logic_error) or works; no dead wait, no half-dead
// runtime.
#include <coppice.hpp>
#include <cstdio>
#include <stdexcept>
#include <string>
#include <sys/wait.h>
using namespace coppice;
using namespace std::chrono_literals;
struct ask {
    using reply = int;
};
struct srv {
    int handle_call(ask) { return 1; }
};
static int one(const std::string& how) {
    std::string said = "returned";
    const auto t0 = std::chrono::steady_clock::now();
    runtime::start({.threads = 2});
    runtime::run([&] {
        const auto try_it = [&](auto f) {
            try {
                f();
            } catch (const std::logic_error&) {
                said = "refused";
            }
        };
        if (how == "stop")
            try_it([] { runtime::stop(1s); });
        if (how == "run")
            try_it([] { runtime::run([] {}); });
        if (how == "app")
            try_it([] { application{}.run([] {}); });
        if (how == "start")
            try_it([] { runtime::start(); });
        if (how == "blocking-stop")
            try_it([] { blocking([] { runtime::stop(1s); }); });
        if (how == "blocking-run")
            try_it([] { blocking([] { runtime::run([] {}); }); });
        if (how == "blocking-call")
            try_it([] {
                auto r = start<srv>();
                blocking([&] { return r.call(ask{}); });
            });
    });
    const auto left = runtime::stop(2s);
    std::printf("%s; left %zu; %.1f s; ", said.c_str(), left.size(),
                std::chrono::duration<double>(std::chrono::steady_clock::now() - t0).count());
    std::fflush(stdout);
    return 0;
}
int main(int n, char** v) {
    if (n > 1)
        return one(v[1]);
    int bad = 0;
    for (const char* how :
         {"stop", "run", "app", "start", "blocking-stop", "blocking-run", "blocking-call"}) {
        std::printf("      %s: ", how);
        std::fflush(stdout);
        const int rc =
            std::system(("timeout 10 " + std::string{v[0]} + " " + how + " 2>/dev/null").c_str());
        const int code = WIFEXITED(rc) ? WEXITSTATUS(rc) : 128 + WTERMSIG(rc);
        std::printf("%s exit code %d\n", code == 0 ? "ok   " : "WRONG", code);
        bad += code != 0;
    }
    return bad != 0;
}
