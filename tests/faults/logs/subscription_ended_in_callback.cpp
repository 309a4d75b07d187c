// SPDX-License-Identifier: BSL-1.0
// One log subscriber ends another's subscription from its callback.
// Right: "After that the function is not running any more": the other is not called for this
// record; wrong: it is called after its subscription has ended.
#include "case.hpp"
int main() {
    watchdog(10);
    log::set_level(severity::off);
    bool ended = false, called_after = false;
    std::optional<log::subscription> b;
    auto a = log::subscribe(severity::info, [&](const log::record&) {
        b.reset();
        ended = true;
    });
    b.emplace(log::subscribe(severity::info, [&](const log::record&) { called_after |= ended; }));
    log::report(severity::info, log::written_line{"x"});
    return verdict(!called_after, "a subscription that ends inside another's callback");
}
