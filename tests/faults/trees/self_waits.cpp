// SPDX-License-Identifier: BSL-1.0
// Tries: a server that calls itself, stops itself by reference, has itself terminated by its own
// supervisor, waits for a pending of its own; a constructor that asks its own supervisor. Right:
// found at once (calling_self / call_cycle) or carried out; no process waits for ever.
#include <coppice.hpp>
#include <cstdio>
using namespace coppice;
using namespace std::chrono_literals;
struct ask {
    using reply = int;
};
struct self_call {
    using reply = int;
};
struct self_stop {
    using reply = int;
};
struct self_pending {
    using reply = int;
};
struct leave {};
inline constexpr server_name<supervisor> tree{"tree"};
struct srv {
    int handle_call(ask) { return 1; }
    int handle_call(self_call) {
        auto r = this_process::self(this).try_call(ask{}, 1s);
        return r ? 0 : int(r.error().code);
    }
    int handle_call(self_stop) {
        auto r = this_process::self(this).try_stop(exit_reason::normal, 1s);
        return r ? 0 : int(r.error().code);
    }
    int handle_call(self_pending) {
        auto p = this_process::self(this).send_request(ask{});
        auto r = p.try_get(1s);
        return r ? 0 : int(r.error().code);
    }
    void handle_cast(leave) { (void)supervisor::try_terminate_child(tree, "s"); }
};
inline constexpr server_name<srv> name{"s"};
struct starts_sibling {
    starts_sibling() {
        auto r = supervisor::try_start_child(tree, child<srv>("z"));
        code = r ? 0 : int(r.error().code);
    }
    static inline std::atomic<int> code{-1};
};
static int bad = 0;
#define CHECK(x)                                                                                   \
    do {                                                                                           \
        if (!(x)) {                                                                                \
            std::printf("WRONG %d %s\n", __LINE__, #x);                                            \
            ++bad;                                                                                 \
        }                                                                                          \
    } while (0)
int main() {
    runtime::run([] {
        auto sup = start<supervisor>({.name = tree}, supervisor_flags{.intensity = 5},
                                     std::vector<child_spec>{child<srv>(name)});
        auto s = name.whereis();
        CHECK(s.call(self_call{}) == int(errc::calling_self));
        CHECK(s.call(self_stop{}) == int(errc::calling_self));
        CHECK(s.call(self_pending{}) == int(errc::calling_self));
        (void)this_process::monitor(s);
        s.cast(leave{});
        auto d = this_process::receive<down>(2s);
        CHECK(d && d->reason == exit_reason::shutdown);
        CHECK(supervisor::which_children(sup)[0].status == child_status::stopped);
        const auto t0 = this_process::now();
        (void)supervisor::try_start_child(sup, child<starts_sibling>("q"));
        CHECK(this_process::now() - t0 < 1s);
        CHECK(starts_sibling::code == int(errc::call_cycle));
    });
    std::printf("%s\n", bad ? "WRONG" : "ok    all found or carried out");
    return bad != 0;
}
