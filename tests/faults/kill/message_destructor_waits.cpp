// SPDX-License-Identifier: BSL-1.0
// A message with a lease in it (its destructor calls a pool server) lies in the mailbox of a
// process that is killed.
// Right: the lease is given back and the program goes on (as when the lease is on the stack);
// wrong: std::terminate ends the program.
#include "case.hpp"
struct give_back {
    using reply = int;
};
struct leases {
    using reply = int;
};
struct pool {
    int n = 0;
    int handle_call(give_back) { return ++n; }
    int handle_call(leases) { return n; }
};
static pid the_pool;
struct lease {
    bool mine = true;
    lease() = default;
    lease(lease&& o) noexcept : mine(std::exchange(o.mine, false)) {}
    ~lease() {
        if (mine)
            (void)server_ref<pool>{the_pool}.try_call(give_back{});
    }
};
struct parcel {
    lease l;
};
int main() {
    watchdog(20);
    const bool ok = in_child([] {
        int n = -1;
        testing::simulation sim{1};
        sim.run([&] {
            auto p = start<pool>();
            the_pool = p;
            const pid r = spawn([] { this_process::sleep(infinity); });
            r.send(parcel{});
            this_process::sleep(1s);
            r.exit(exit_reason::kill);
            this_process::sleep(1s);
            n = p.call(leases{});
        });
        std::printf("leases back: %d\n", n);
        std::fflush(stdout);
        _exit(n == 1 ? 0 : 1);
    });
    return verdict(ok, "a message's destructor that waits, in the mailbox of a killed process");
}
