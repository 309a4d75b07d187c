// SPDX-License-Identifier: BSL-1.0
// The program of the README.
#include <coppice.hpp>
#include <iostream>

using namespace coppice;
using namespace std::chrono_literals;

// clang-format off
struct add   { int by; };            // no reply: a cast
struct total { using reply = int; }; // a reply:  a call
// clang-format on

class counter { // no base class, no macro, nothing to register
public:
    explicit counter(int start) : n_{start} {}
    void handle_cast(add a) {
        if (a.by == 0)
            throw std::invalid_argument{"there is nothing to add"}; // let it crash
        n_ += a.by;
    }
    int handle_call(total) const { return n_; }

private:
    int n_; // state: no locks, ever
};

inline constexpr server_name<counter> the_counter{"counter"};

int main() {
    return application{{.strategy = one_for_one, .intensity = 3, .period = 5s},
                       {child<counter>(the_counter, 10)}} // the name is the id
        .run([] {
            the_counter.cast(add{5});
            std::cout << "total: " << the_counter.call(total{}) << '\n';
            const auto watch = this_process::monitor(the_counter.whereis().process());
            the_counter.cast(add{0});
            this_process::receive(when([&](const down& d) { return d.ref == watch; },
                                       [](down d) { std::cout << d.reason.text() << '\n'; }));
            while (!the_counter.whereis().process())
                this_process::sleep(1ms); // until its supervisor has started it again
            std::cout << "total: " << the_counter.call(total{}) << '\n';
        });
}
