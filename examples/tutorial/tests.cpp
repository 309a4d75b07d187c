// SPDX-License-Identifier: BSL-1.0
// Chapter 7: tests of the bucket: one schedule in virtual time, then many with crashes.
#include "../apps/kv/bucket.hpp"
#include <coppice/explore.hpp>
#include <cstdio>

using namespace coppice;
using namespace std::chrono_literals;

inline constexpr server_name<kv::bucket> the_bucket{"bucket"};

void keeps_and_forgets() {
    testing::test t;
    const auto b = t.start_supervised(child<kv::bucket>(the_bucket));
    b.call(kv::put{"milk", "3"});
    t.check_equal(b.call(kv::get{"milk"}).value_or("none"), std::string{"3"});
    t.check(b.call(kv::erase{"milk"}), "milk was there");
    t.check(!b.call(kv::erase{"milk"}), "milk is gone");
}

// Whatever is killed, and whenever: in the end the bucket answers, with the value or without.
void serves_again(testing::test& t) {
    t.start_supervised(child<kv::bucket>(the_bucket));
    (void)the_bucket.try_call(kv::put{"milk", "3"});
    for (int tries = 0; tries < 1000; ++tries) {
        if (const auto r = the_bucket.try_call(kv::get{"milk"})) {
            t.check(r->value_or("3") == "3", "no value that was never put");
            return;
        }
        this_process::sleep(1h); // virtual: it costs nothing
    }
    t.check(false, "the bucket answers in the end");
}

// Wrong: it takes for granted that a bucket lives as long as its test.
void never_forgets(testing::test& t) {
    t.start_supervised(child<kv::bucket>(the_bucket));
    (void)the_bucket.try_call(kv::put{"milk", "3"});
    this_process::sleep(1ms);
    if (const auto r = the_bucket.try_call(kv::get{"milk"}))
        t.check_equal(r->value_or("none"), std::string{"3"});
}

int main() {
    log::set_level(severity::off); // the crashes are on purpose
    testing::simulation{}.run(keeps_and_forgets);
    std::puts("keeps and forgets: passed");
    const auto all = testing::explore({1, 2, 3, 4, 5}, serves_again, {.crash = 0.1});
    std::printf("serves again: %zu runs passed\n", static_cast<std::size_t>(all.runs));
    try {
        testing::explore({1, 2, 3, 4, 5, 6, 7, 8, 9, 10}, never_forgets, {.crash = 0.2});
    } catch (const testing::exploration_failed& e) {
        std::printf("never forgets: %s\n", e.sentence().c_str());
    }
}
