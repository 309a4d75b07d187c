// SPDX-License-Identifier: BSL-1.0
// The log: levels, an event of one's own, and a sink of one's own.
#include <coppice.hpp>
#include <cstdio>

using namespace coppice;

struct payment_refused { // an event: a struct, and what it says of itself
    std::string customer;
    int cents = 0;
};
void describe(const payment_refused& e, log::description& d) {
    d.say("a payment of " + std::to_string(e.cents) + " cents was refused");
    d.fact_of("customer", e.customer);
    d.fact_of("cents", e.cents);
}

struct pay {
    std::string customer;
    int cents;
    using reply = bool;
};

class till {
public:
    bool handle_call(const pay& p) {
        log::info("{} pays {} cents", p.customer, p.cents);
        if (p.cents <= 10'000)
            return true;
        log::report(severity::warning, payment_refused{p.customer, p.cents});
        return false;
    }
};

int main() {
    log::configure({.level = severity::off}); // or .format = log::format::json, .file = "shop.log"

    // A sink of one's own gets all records, whatever the log writes.
    const auto sink = log::subscribe(severity::info, [](const log::record& r) {
        if (r.get_if<log::written_line>() || r.get_if<payment_refused>())
            std::printf("%s: %s\n", std::string{to_string(r.level)}.c_str(),
                        r.what.describe().sentence().c_str());
    });
    return application{}.run([] {
        const auto t = start<till>();
        t.call(pay{"ann", 250});
        t.call(pay{"bob", 250'000});
    });
}
