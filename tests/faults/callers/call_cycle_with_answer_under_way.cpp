// SPDX-License-Identifier: BSL-1.0
// B calls C and is answered; before B runs on, C (next message) calls A, and A calls B. There is no
// cycle of waits: B has its answer.
// Right: all calls succeed under every seed; wrong: A's call fails with call_cycle.
#include "case.hpp"
struct x {
    using reply = int;
};
struct y {
    using reply = int;
};
struct q {
    using reply = int;
};
struct start_b {};
struct busy {};
struct go {};
static int cycles, fine;
static pid pa, pb, pc;
struct A {
    int handle_call(x);
};
struct B {
    int handle_call(y) { return 2; }
    void handle_cast(start_b);
};
struct C {
    int handle_call(q) { return 1; }
    void handle_cast(busy) { this_process::sleep(10ms); }
    void handle_cast(go);
};
int A::handle_call(x) {
    auto r = server_ref<B>{pb}.try_call(y{});
    if (r)
        ++fine;
    else if (r.error().code == errc::call_cycle) {
        if (!cycles++)
            std::printf("%s\n", r.error().detail.c_str());
    }
    return 0;
}
void B::handle_cast(start_b) { (void)server_ref<C>{pc}.try_call(q{}); }
void C::handle_cast(go) { (void)server_ref<A>{pa}.try_call(x{}); }
int main() {
    watchdog(20);
    for (std::uint64_t seed = 1; seed <= 40; ++seed) {
        testing::simulation sim{seed};
        sim.run([&] {
            auto a = start<A>();
            auto b = start<B>();
            auto c = start<C>();
            pa = a;
            pb = b;
            pc = c;
            c.cast(busy{});
            this_process::sleep(1ms);
            b.cast(start_b{});
            this_process::sleep(1ms);
            c.cast(go{});
            this_process::sleep(1s);
        });
    }
    std::printf("fine %d, false call_cycle %d\n", fine, cycles);
    return verdict(cycles == 0 && fine == 40, "call_cycle where there is no ring");
}
