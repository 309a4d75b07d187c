// SPDX-License-Identifier: BSL-1.0
// Chapter 8: what a running program shows: a crash report, a process, the state of a server.
#include "../apps/kv/bucket.hpp"
#include <cstdio>

using namespace coppice;

int main() {
    log::set_level(severity::off); // the sink below gets the reports all the same
    const auto sink = log::subscribe(severity::error, [](const log::record& r) {
        if (const auto* crash = r.get_if<process_crashed>())
            std::printf("reported: %s crashed\n", crash->type.c_str());
    });
    return application{{}, {child<dynamic_supervisor>(kv::the_buckets)}}.run([] {
        kv::create("shopping");
        const auto shopping = kv::buckets.whereis("shopping");
        shopping.call(kv::put{"milk", "3"});

        const auto info = process_info(shopping.process());
        std::printf("type %s, %s, %zu messages\n", info->type.c_str(),
                    std::string{to_string(info->status)}.c_str(), info->messages);
        std::printf("state: %s\n", sys::get_status(shopping).state.c_str());

        sys::suspend(shopping); // what comes now waits
        shopping.cast(kv::crash{});
        std::printf("waiting: %zu\n", process_info(shopping.process())->messages);
        const monitor_ref watch = this_process::monitor(shopping.process());
        sys::resume(shopping);
        this_process::receive(when([&](const down& d) { return d.ref == watch; }, [](down) {}));
    });
}
