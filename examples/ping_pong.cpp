// SPDX-License-Identifier: BSL-1.0
// Two processes, selective receive, a link, and the effect of one process's exit on the other.
#include <coppice.hpp>
#include <cstdio>

using namespace coppice;
using namespace std::chrono_literals;

struct ping {
    pid from;
    int id;
};
struct pong {
    int id;
};

int main() {
    return application{}.run([] {
        const pid echo = spawn_link([] {
            for (;;)
                this_process::receive([](ping p) { p.from.send(pong{p.id}); });
        });
        for (int id : {1, 2, 3})
            echo.send(ping{this_process::self(), id});
        // The second message first: the others stay in the mailbox, in order.
        const int picked = this_process::receive(
            when([](const pong& p) { return p.id == 2; }, [](pong p) { return p.id; }),
            after(1s, [] { return -1; }));
        const int next = this_process::receive<pong>().id;
        const int last = this_process::receive<pong>().id;
        std::printf("picked %d, then %d and %d\n", picked, next, last);
        this_process::trap_exit(true); // or this process would exit with it
        echo.exit(exit_reason{"enough"});
        const exit_signal s = this_process::receive<exit_signal>();
        std::printf("echo ended: %s\n", s.reason.text().c_str());
    });
}
