// SPDX-License-Identifier: BSL-1.0
// The same with two processes on two threads, until it happens (or 30 s).
// Right: links of the two agree once no signal is on its way; wrong: one lists the other, not vice
// versa.
#include "case.hpp"
#include <thread>
struct go {};
struct done {};
static pid pa, pb;
static std::atomic<int> ready;
int main() {
    watchdog(60);
    log::set_level(severity::off);
    runtime::start({.threads = 2, .time_slice = 0s});
    long rounds = 0;
    bool half = false;
    runtime::run([&] {
        const auto t = std::chrono::steady_clock::now();
        while (!half && std::chrono::steady_clock::now() - t < 30s) {
            ++rounds;
            const pid me = this_process::self();
            ready = 0;
            auto body = [me](pid* other) {
                this_process::receive<go>();
                ++ready;
                const auto since = std::chrono::steady_clock::now();
                while (ready < 2 && std::chrono::steady_clock::now() - since < 5ms)
                    std::this_thread::yield();
                for (int i = 0; i < 2000; ++i) {
                    this_process::link(*other);
                    this_process::unlink(*other);
                }
                me.send(done{});
                this_process::receive<done>();
            };
            pa = spawn(body, &pb);
            pb = spawn(body, &pa);
            this_process::sleep(100us);
            pa.send(go{});
            pb.send(go{});
            this_process::receive<done>();
            this_process::receive<done>();
            this_process::sleep(300us);
            auto ia = process_info(pa), ib = process_info(pb);
            if (ia && ib && ia->links.size() != ib->links.size()) {
                half = true;
                std::printf("A lists %zu links, B %zu\n", ia->links.size(), ib->links.size());
            }
            pa.exit(exit_reason::kill);
            pb.exit(exit_reason::kill);
        }
    });
    std::printf("%ld rounds\n", rounds);
    std::fflush(stdout);
    _exit(verdict(!half, "links that cross, on threads"));
}
