// SPDX-License-Identifier: BSL-1.0
// runtime::start when the system has no room for another thread (RLIMIT_AS), in the middle of
// making them.
// Right: throws, nothing runs, the signal mask is as before; wrong: half a runtime counts as
// running and all signals stay blocked.
#include "case.hpp"
#include <sys/resource.h>
int main() {
    rlimit l{std::size_t{2} << 30,
             std::size_t{2} << 30}; // addresses; a thread's stack takes 8 MiB, our slots 32 GiB
    sigset_t before, now;
    pthread_sigmask(SIG_SETMASK, nullptr, &before);
    setrlimit(RLIMIT_AS, &l);
    bool threw = false;
    try {
        runtime::start({.threads = 1024, .time_slice = 0s});
    } catch (const std::exception& e) {
        threw = true;
        std::printf("threw: %s\n", e.what());
    }
    if (!threw) {
        l = {std::size_t{2} << 30, std::size_t{2} << 30};
        std::printf("did not throw, no verdict\n");
        _exit(2);
    }
    pthread_sigmask(SIG_SETMASK, nullptr, &now);
    std::printf("threw %d, running %d, SIGTERM blocked %d (before: %d)\n", threw,
                runtime::running(), sigismember(&now, SIGTERM), sigismember(&before, SIGTERM));
    const bool ok = threw && !runtime::running() && !sigismember(&now, SIGTERM);
    _exit(verdict(ok, "a start that fails midway"));
}
