// SPDX-License-Identifier: BSL-1.0
// A program under many schedules, with crashes: what `testing::explore` finds, and what it says.
#include <coppice.hpp>
#include <coppice/explore.hpp>
#include <iostream>

using namespace coppice;
using namespace std::chrono_literals;

struct add {
    int by;
};
struct total {
    using reply = int;
};

class counter {
public:
    explicit counter(int start) : n_{start} {}
    void handle_cast(add a) { n_ += a.by; }
    int handle_call(total) const { return n_; }

private:
    int n_;
};

inline constexpr server_name<counter> the_counter{"counter"};

// Wrong: a counter that crashes begins again.
void counts_to_three(testing::test& t) {
    t.start_supervised(child<counter>(the_counter, 0));
    for (int i = 0; i < 3; ++i) {
        the_counter.cast(add{1});
        this_process::sleep(1ms);
    }
    t.check_equal(the_counter.call(total{}), 3);
}

// Right: it serves again, whatever happened.
void serves_again(testing::test& t) {
    t.start_supervised(child<counter>(the_counter, 0));
    for (int tries = 0; tries < 1000; ++tries) {
        if (the_counter.try_call(total{}))
            return;
        this_process::sleep(1ms);
    }
    t.check(false, "the counter answers in the end");
}

int main() {
    log::set_level(severity::off); // that a counter was killed is no news here

    const testing::explored all = testing::explore({1, 2, 3, 4, 5}, serves_again, {.crash = 0.1});
    std::cout << all.runs << " runs have passed\n";

    try {
        testing::explore({1, 2, 3, 4, 5, 6, 7, 8, 9, 10}, counts_to_three, {.crash = 0.1});
    } catch (const testing::exploration_failed& e) {
        std::cout << e.sentence() << " under seed " << e.seed() << '\n';
        for (const std::string& fault : e.shrunk().faults)
            std::cout << fault << '\n';
        for (const std::string& step : e.shrunk().out_of_turn)
            std::cout << step << '\n';
    }
}
