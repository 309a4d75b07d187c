// SPDX-License-Identifier: BSL-1.0
// Chapter 1: a process that keeps one value, and is asked for it by messages.
#include <coppice.hpp>
#include <cstdio>
#include <string>

using namespace coppice;
using namespace std::chrono_literals;

struct set {
    std::string value;
};
struct ask {
    pid from;
};
struct answer {
    std::string value;
};

void keep() {
    std::string value = "nothing";
    for (;;)
        this_process::receive([&](set s) { value = s.value; },
                              [&](ask a) { a.from.send(answer{value}); });
}

int main() {
    return application{}.run([] {
        const pid keeper = spawn(keep);
        keeper.send(ask{this_process::self()});
        keeper.send(set{"milk"});
        keeper.send(ask{this_process::self()});
        for (int i = 0; i < 2; ++i)
            std::printf("it keeps %s\n", this_process::receive<answer>().value.c_str());

        // Nothing more comes: the limit ends the wait.
        this_process::receive([](answer) { std::puts("a third answer"); },
                              after(10ms, [] { std::puts("no third answer"); }));
    });
}
