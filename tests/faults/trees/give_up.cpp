// SPDX-License-Identifier: BSL-1.0
// Tries: a supervisor with four children gives up after too many restarts of one; then the
// application stops; intensity 0, 1, 3.
// Right: the siblings are stopped at once, newest first; exactly intensity + 1 starts; code 1; no
// extra seconds.
#include <coppice.hpp>
#include <cstdio>
#include <mutex>
#include <string>
using namespace coppice;
using namespace std::chrono_literals;
static std::mutex lock;
static std::string trail;
static std::atomic<int> starts{0};
struct sib {
    std::string n;
    explicit sib(std::string s) : n{s} { this_process::trap_exit(true); }
    void terminate(const exit_reason&) {
        std::lock_guard g{lock};
        trail += n;
    }
};
struct boom {};
struct bad_one {
    bad_one() {
        ++starts;
        this_process::self(this).send_after(1ms, boom{});
    }
    void handle_info(boom) { throw 1; }
};
int main() {
    int bad = 0;
    log::set_level(severity::off);
    const auto t0 = std::chrono::steady_clock::now();
    for (unsigned intensity : {0u, 1u, 3u}) {
        trail.clear();
        starts = 0;
        const int code =
            application{{.strategy = one_for_one, .intensity = intensity, .period = 5s},
                        {child<sib>("a", std::string{"a"}), child<bad_one>("x"),
                         child<sib>("b", std::string{"b"}), child<sib>("c", std::string{"c"})}}
                .run();
        const bool ok = code == 1 && trail == "cba" && starts == int(intensity) + 1;
        std::printf("%s intensity %u: code %d, stopped in order %s, started %d times\n",
                    ok ? "ok   " : "WRONG", intensity, code, trail.c_str(), starts.load());
        bad += !ok;
    }
    const auto ms =
        std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - t0)
            .count();
    std::printf("%s all three took %ld ms\n", ms < 3000 ? "ok   " : "WRONG", long(ms));
    return bad + (ms >= 3000);
}
