// SPDX-License-Identifier: BSL-1.0
// start_monitor of a server whose constructor fails. Right (OTP gen:start_monitor): only the error;
// wrong: a `down` with a reference that the caller does not know is in its mailbox.
#include "case.hpp"
struct s {
    s() { throw std::runtime_error{"no"}; }
};
int main() {
    watchdog(10);
    log::set_level(severity::off);
    bool threw = false, stray = false;
    testing::simulation sim{1};
    sim.run([&] {
        try {
            (void)start_monitor<s>();
        } catch (const call_error&) {
            threw = true;
        }
        stray = this_process::receive<down>(1s).has_value();
    });
    std::printf("threw %d, stray down %d\n", threw, stray);
    return verdict(threw && !stray, "start_monitor that fails");
}
