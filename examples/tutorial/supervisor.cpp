// SPDX-License-Identifier: BSL-1.0
// Chapter 4: a supervisor starts a crashed bucket again, empty and under the same name.
#include "../apps/kv/bucket.hpp"
#include <cstdio>

using namespace coppice;
using namespace std::chrono_literals;

inline constexpr server_name<kv::bucket> shopping{"shopping"};
inline constexpr server_name<kv::bucket> travel{"travel"};

/// Crashes a bucket and waits until its supervisor has started another.
void crash_and_wait(const server_name<kv::bucket>& name) {
    const pid first = name.whereis().process();
    const monitor_ref watch = this_process::monitor(first);
    name.cast(kv::crash{});
    this_process::receive(
        when([&](const down& d) { return d.ref == watch; },
             [](const down& d) { std::printf("it ended: %s\n", d.reason.text().c_str()); }));
    while (!name.whereis().process())
        this_process::yield();
}

int main() {
    log::set_level(severity::off); // the crash is on purpose
    return application{{.strategy = one_for_one, .intensity = 3, .period = 5s},
                       {child<kv::bucket>(shopping), child<kv::bucket>(travel)}}
        .run([] {
            shopping.call(kv::put{"milk", "3"});
            travel.call(kv::put{"map", "1"});
            crash_and_wait(shopping);
            std::printf("milk: %s\n", shopping.call(kv::get{"milk"}).value_or("none").c_str());
            std::printf("map: %s\n", travel.call(kv::get{"map"}).value_or("none").c_str());
        });
}
