// SPDX-License-Identifier: BSL-1.0
// Chapter 5: buckets that are created while the program runs, and found by name.
#include "../apps/kv/bucket.hpp"
#include <cstdio>

using namespace coppice;

int main() {
    return application{{}, {child<dynamic_supervisor>(kv::the_buckets, {.max_children = 100})}}.run(
        [] {
            kv::create("shopping");
            kv::create("travel");
            kv::create("shopping"); // the same
            std::printf("buckets: %zu\n", kv::buckets.count());

            kv::buckets("shopping").call(kv::put{"milk", "3"});
            const auto milk = kv::buckets("shopping").call(kv::get{"milk"});
            std::printf("milk: %s\n", milk.value_or("none").c_str());

            const auto nowhere = kv::buckets("work").try_call(kv::get{"milk"});
            std::printf("work: %s\n", std::string{to_string(nowhere.error().code)}.c_str());

            const pid old = kv::buckets.whereis("travel").process();
            dynamic_supervisor::terminate_child(kv::the_buckets, old);
            std::printf("buckets: %zu\n", kv::buckets.count());
        });
}
