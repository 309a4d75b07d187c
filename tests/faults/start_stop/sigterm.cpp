// SPDX-License-Identifier: BSL-1.0
// SIGTERM while the runtime stops (main has returned 7, a process takes 1 s to unwind).
// Right: application::run returns, the exit code is 7; wrong: the program dies of the signal when
// its mask is restored.
#include "case.hpp"
struct slow {
    ~slow() { this_process::sleep(1s); }
};
int main() {
    int told[2]; // the child says when its main is about to return
    if (pipe(told) != 0)
        return 2;
    const pid_t c = fork();
    if (c == 0) {
        const int code = application{}.run([told] {
            spawn([] {
                slow x;
                this_process::sleep(infinity);
            });
            this_process::sleep(100ms);
            return write(told[1], "x", 1) == 1 ? 7 : 2;
        });
        _exit(code);
    }
    char x = 0;
    if (read(told[0], &x, 1) != 1)
        return 2;
    usleep(300'000);
    kill(c, SIGTERM);
    int st = 0;
    waitpid(c, &st, 0);
    if (WIFSIGNALED(st))
        std::printf("died of signal %d\n", WTERMSIG(st));
    else
        std::printf("exit code %d\n", WEXITSTATUS(st));
    return verdict(WIFEXITED(st) && WEXITSTATUS(st) == 7, "SIGTERM while the runtime stops");
}
