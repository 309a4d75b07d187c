// SPDX-License-Identifier: BSL-1.0
// The condition of a `when` calls a server (so it suspends) while the wanted message and a signal
// (monitor) arrive.
// Right: receive finds the message that came meanwhile; wrong: the receiver goes to sleep with the
// message in its mailbox.
#include "case.hpp"
struct slow {
    using reply = bool;
};
struct wanted {
    bool real;
};
struct oracle {
    bool handle_call(slow) {
        this_process::sleep(1s);
        return true;
    }
};
int main() {
    watchdog(10);
    bool got = false;
    testing::simulation sim{1};
    sim.run([&] {
        auto o = start<oracle>();
        const pid p = spawn([&, o] {
            this_process::receive(when(
                                      [&](const wanted& w) {
                                          (void)o.call(slow{});
                                          return w.real;
                                      },
                                      [&](wanted) { got = true; }),
                                  after(1h, [] {}));
        });
        p.send(wanted{false});
        this_process::sleep(500ms);
        p.send(wanted{true});
        (void)this_process::monitor(p); // the signal makes the thread take the messages
        this_process::sleep(60s);
    });
    return verdict(got, "a condition of receive that suspends");
}
