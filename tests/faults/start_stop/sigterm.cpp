// SPDX-License-Identifier: BSL-1.0
// SIGTERM while the runtime stops (main has returned 7, a process takes 1 s to unwind).
// Right: application::run returns, the exit code is 7; wrong: the program dies of the signal when
// its mask is restored.
#include "case.hpp"
struct slow {
    ~slow() { this_process::sleep(1s); }
};
int main() {
    const pid_t c = fork();
    if (c == 0) {
        const int code = application{}.run([] {
            spawn([] {
                slow x;
                this_process::sleep(infinity);
            });
            this_process::sleep(100ms);
            return 7;
        });
        _exit(code);
    }
    usleep(600'000);
    kill(c, SIGTERM);
    int st = 0;
    waitpid(c, &st, 0);
    if (WIFSIGNALED(st))
        std::printf("died of signal %d\n", WTERMSIG(st));
    else
        std::printf("exit code %d\n", WEXITSTATUS(st));
    return verdict(WIFEXITED(st) && WEXITSTATUS(st) == 7, "SIGTERM while the runtime stops");
}
