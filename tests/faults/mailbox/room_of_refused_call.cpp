// SPDX-License-Identifier: BSL-1.0
// A call that is refused with call_cycle, to a server with a bounded mailbox (reject, 3 messages).
// Right: the room that was reserved comes back; wrong: after three refusals the idle server's
// mailbox is full for ever.
#include "case.hpp"
struct x {
    using reply = int;
};
struct y {
    using reply = int;
};
struct hello {};
static pid pa, pb;
struct A {
    int handle_call(x);
    void handle_cast(hello) {}
};
struct B {
    int handle_call(y);
};
int A::handle_call(x) {
    (void)server_ref<B>{pb}.try_call(y{});
    return 1;
}
int B::handle_call(y) {
    auto r = server_ref<A>{pa}.try_call(x{});
    return r ? 0 : 1;
}
int main() {
    watchdog(20);
    bool ok = false;
    std::string why;
    testing::simulation sim{1};
    sim.run([&] {
        auto a = start<A>({.mailbox = {.messages = 3, .policy = overflow_policy::reject}});
        auto b = start<B>();
        pa = a;
        pb = b;
        for (int i = 0; i < 3; ++i) {
            auto r = a.try_call(x{});
            std::printf("call %d: %s\n", i, r ? "ok" : r.error().detail.c_str());
        }
        this_process::sleep(1s);
        auto r = a.try_cast(hello{});
        ok = bool(r);
        if (!r)
            why = r.error().detail;
    });
    std::printf("cast to the idle server: %s\n", ok ? "ok" : why.c_str());
    return verdict(ok, "room of a refused call");
}
