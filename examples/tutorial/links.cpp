// SPDX-License-Identifier: BSL-1.0
// Chapter 3: what others learn of a crash: a monitor, a link, an exit reason.
#include <coppice.hpp>
#include <cstdio>
#include <stdexcept>

using namespace coppice;

struct go {};

void work() {
    this_process::receive([](go) {});
    throw std::runtime_error{"no more milk"};
}

void monitor_it() {
    const pid worker = spawn(work);
    const monitor_ref watch = this_process::monitor(worker);
    worker.send(go{});
    const auto d = this_process::receive<down>();
    std::printf("monitor: %s, ours: %s\n", d.reason.text().c_str(), d.ref == watch ? "yes" : "no");
}

void link_it() {
    // A link takes the process in the middle with the worker: it did nothing wrong itself.
    const pid middle = spawn([] {
        spawn_link(work).send(go{});
        this_process::receive([](go) {}); // for ever: no such message comes
    });
    const monitor_ref watch = this_process::monitor(middle);
    this_process::receive(
        when([&](const down& d) { return d.ref == watch; },
             [](const down& d) { std::printf("linked: %s\n", d.reason.text().c_str()); }));
}

void trap_it() {
    this_process::trap_exit(true);
    spawn_link(work).send(go{});
    const auto s = this_process::receive<exit_signal>();
    std::printf("trapped: %s\n", s.reason.text().c_str());
}

int main() {
    log::set_level(severity::off); // the crashes are on purpose
    return application{}.run([] {
        monitor_it();
        link_it();
        trap_it();
    });
}
