// SPDX-License-Identifier: BSL-1.0
// Tries: a program started from a process (popen, system; in blocking() and directly): its signal
// mask and SIGPIPE.
// Right: an empty mask (SIGTERM, SIGINT, SIGCHLD, SIGALRM reach it) and SIGPIPE at its default.
#include <coppice.hpp>
#include <csignal>
#include <cstdio>
#include <string>
using namespace coppice;
static std::string run(const char* c) {
    std::string out;
    char b[256];
    FILE* f = popen(c, "r");
    while (std::size_t n = fread(b, 1, sizeof b, f))
        out.append(b, n);
    pclose(f);
    return out;
}
int main() {
    const char* c = "grep -E 'SigBlk|SigIgn' /proc/self/status | tr '\\n\\t' '  '";
    const std::string before = run(c);
    std::string in_process, in_blocking;
    int killed = -1;
    application{}.run([&] {
        in_process = run(c);
        in_blocking = blocking([&] { return run(c); });
        killed = blocking([] { // SIGTERM to a program that we have started: does it end?
            FILE* f = popen("echo $$; exec sleep 3", "r");
            int p = 0;
            if (fscanf(f, "%d", &p) != 1)
                return -1;
            kill(p, SIGTERM);
            const auto t0 = std::chrono::steady_clock::now();
            pclose(f);
            return std::chrono::steady_clock::now() - t0 < std::chrono::seconds{2} ? 0 : 1;
        });
    });
    std::printf("before      %s\nin process  %s\nin blocking %s\n", before.c_str(),
                in_process.c_str(), in_blocking.c_str());
    const bool ok = in_process == before && in_blocking == before && killed == 0;
    std::printf("%s SIGTERM reached the grandchild: %s\n", ok ? "ok   " : "WRONG",
                killed == 0 ? "yes" : "no");
    return !ok;
}
