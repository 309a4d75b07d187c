// SPDX-License-Identifier: BSL-1.0
// Tries: one process has a local buffer of 80,000 bytes, of which it fills 4 KiB, on its stack of
// 64 KiB while others are suspended beside it.
// Right: the program ends with the "stack overflow in ..." report (or works). Writing over another
// process's stack in silence is the fault.
#include <coppice.hpp>
#include <cstdio>
#include <cstring>
#include <sys/wait.h>
#include <unistd.h>
using namespace coppice;
using namespace std::chrono_literals;
struct go {};
static std::atomic<int> spoilt{0}, checked{0};
[[gnu::noinline]] static void big_frame() {
    [[maybe_unused]] volatile char buffer[80'000];
    for (std::size_t i = 0; i < 4096; ++i)
        buffer[i] = 0x5a; /* a short read into a large buffer */
    asm volatile("" ::: "memory");
}
static void run() {
    runtime::start({.threads = 1});
    runtime::run([] {
        std::vector<pid> dropped_messages;
        for (int i = 0; i < 8; ++i)
            dropped_messages.push_back(spawn([] {
                volatile char canary[40'000];
                for (auto& c : canary)
                    c = 1;
                this_process::receive<go>();
                int wrong = 0;
                for (auto& c : canary)
                    wrong += c != 1;
                if (wrong)
                    ++spoilt;
                ++checked;
            }));
        this_process::sleep(50ms);
        (void)spawn_monitor([] { big_frame(); });
        const auto d = this_process::receive<down>();
        std::printf("      the process with the big frame ended: %s\n", d.reason.text().c_str());
        std::fflush(stdout);
        for (auto v : dropped_messages)
            v.send(go{});
        this_process::sleep(100ms);
    });
    std::printf("%s %d of %d suspended processes have a spoilt stack\n", spoilt ? "WRONG" : "ok   ",
                spoilt.load(), checked.load());
    std::fflush(stdout);
    std::_Exit(spoilt != 0);
}
int main() {
    // In a child, whose standard error we read: it may end with the report.
    int ends[2];
    if (pipe(ends) != 0)
        return 2;
    const pid_t child = fork();
    if (child == 0) {
        dup2(ends[1], 2);
        run();
    }
    close(ends[1]);
    std::string text;
    char some[512];
    for (ssize_t got; (got = read(ends[0], some, sizeof some)) > 0;)
        text.append(some, static_cast<std::size_t>(got));
    int status = 0;
    waitpid(child, &status, 0);
    const bool works = WIFEXITED(status) && WEXITSTATUS(status) == 0;
    const bool told = text.find("coppice: stack overflow in <") != std::string::npos;
    std::printf("%s it %s\n", works || told ? "ok   " : "WRONG",
                works  ? "works"
                : told ? "ends with the report"
                       : "does neither");
    return !(works || told);
}
