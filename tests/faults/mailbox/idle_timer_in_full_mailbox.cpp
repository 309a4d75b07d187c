// SPDX-License-Identifier: BSL-1.0
// A server with a bounded mailbox (3 messages) uses idle_timeout; once the timer fires while the
// mailbox is full.
// Right: idle timeouts go on later, whatever the policy; wrong: the runtime's own timer message is
// dropped and no idle timeout ever comes again.
#include "case.hpp"
struct work {};
struct quick {};
struct count {
    using reply = int;
};
struct s {
    static inline int n;
    void handle_cast(quick) { this_process::idle_timeout(1s); }
    void handle_cast(work) {
        this_process::sleep(3s);
        this_process::idle_timeout(1s);
    }
    void handle_info(timeout) { ++n; }
};
int main() {
    watchdog(10);
    std::setvbuf(stdout, nullptr, _IOLBF, 4096);
    log::set_level(severity::off);
    bool ok = true;
    for (auto policy : {overflow_policy::block, overflow_policy::reject,
                        overflow_policy::drop_newest, overflow_policy::drop_oldest}) {
        s::n = 0;
        testing::simulation sim{1};
        sim.run([&] {
            auto r = start<s>({.mailbox = {.messages = 3, .policy = policy}});
            r.cast(quick{});
            this_process::sleep(500ms); // timer due at 1 s
            r.cast(work{});
            this_process::sleep(100ms); // handler from 0.5 s to 3.5 s
            if (policy != overflow_policy::drop_oldest)
                for (int i = 0; i < 4; ++i)
                    (void)r.try_cast(quick{}, 0s); // the mailbox is full
            this_process::sleep(1500ms);
            if (policy == overflow_policy::drop_oldest)
                for (int i = 0; i < 4; ++i)
                    (void)r.try_cast(quick{}, 0s); // the timer's message is now the oldest
            this_process::sleep(60s);
            (void)r.try_cast(quick{}, 0s);
            this_process::sleep(60s);
        });
        std::printf("policy %d: %d timeouts (2 is right)\n", int(policy), s::n);
        ok = ok && s::n == 2;
    }
    return verdict(ok, "idle timeouts of a bounded server");
}
