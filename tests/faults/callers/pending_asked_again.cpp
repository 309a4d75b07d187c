// SPDX-License-Identifier: BSL-1.0
// Tries: a pending that is asked again: after its timeout (a polling loop), after the answer, when
// moved from.
// Right: an error (as std::future's no_state, OTP's `timeout`), never a crash of the program.
#include <coppice.hpp>
#include <cstdio>
#include <string>
#include <sys/wait.h>
using namespace coppice;
using namespace std::chrono_literals;
struct ask {
    using reply = int;
};
struct srv {
    int handle_call(ask) {
        this_process::sleep(200ms);
        return 1;
    }
};
static int one(const std::string& how) {
    runtime::run([&] {
        auto s = start<srv>();
        auto p = s.send_request(ask{});
        if (how == "poll")
            for (int i = 0; i < 10; ++i) {
                if (auto r = p.try_get(50ms)) {
                    std::printf("answer %d ", *r);
                    return;
                } else
                    std::printf("%s ", to_string(r.error().code).data()), std::fflush(stdout);
            }
        if (how == "twice") {
            (void)p.get();
            auto r = p.try_get(50ms);
            std::printf("%s ", r ? "value" : to_string(r.error().code).data());
        }
        if (how == "ready") {
            (void)p.get();
            std::printf("ready %d ", int(p.ready()));
        }
        if (how == "moved") {
            auto q = std::move(p);
            std::printf("ready %d ", int(p.ready()));
            (void)q;
        }
        if (how == "set") {
            request_set<int> set;
            auto q = std::move(p);
            set.add(1, std::move(p));
            auto a = set.next(10ms);
            std::printf("%d ", int(a.has_value()));
            (void)q;
        }
        if (how == "from-twice") {
            struct later {
                using reply = int;
            };
            struct k {
                void handle_call(later, from<int> f) {
                    f.reply(1);
                    f.reply(2);
                }
            };
            auto x = start<k>();
            std::printf("%d ", x.call(later{}));
        }
    });
    std::fflush(stdout);
    return 0;
}
int main(int n, char** v) {
    if (n > 1)
        return one(v[1]);
    int bad = 0;
    for (const char* how : {"poll", "twice", "ready", "moved", "set", "from-twice"}) {
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
