// SPDX-License-Identifier: BSL-1.0
// Standard error is a pipe that is full and that nothing reads, while the program logs, stops its
// runtime and ends.
// Right: the program ends, soon after the two seconds for which the log's writer is waited for;
// wrong: it hangs for ever.
#include "case.hpp"
#include <fcntl.h>
static int without_reader(bool many_lines) {
    int ends[2];
    if (pipe(ends) != 0)
        return 2;
    const auto began = std::chrono::steady_clock::now();
    const pid_t child = fork();
    if (child == 0) {
        dup2(ends[1], 2);
        fcntl(2, F_SETFL, O_NONBLOCK);
        const char zeros[4096] = {};
        while (write(2, zeros, sizeof zeros) > 0) {}
        fcntl(2, F_SETFL, 0);
        runtime::start({.threads = 2});
        runtime::run([&] {
            for (int i = 0; i < (many_lines ? 20'000 : 1); ++i)
                log::error("line {}", i);
            spawn([] { throw std::runtime_error{"x"}; });
            this_process::sleep(20ms);
        });
        runtime::stop();
        log::configure({.level = severity::error}); // another writer, which hangs as well
        log::error("last line");
        std::exit(7);
    }
    int status = 0;
    waitpid(child, &status, 0);
    const auto took = std::chrono::steady_clock::now() - began;
    std::printf("ended with %d after %.1f s\n",
                WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status),
                std::chrono::duration<double>(took).count());
    close(ends[0]);
    close(ends[1]);
    return WIFEXITED(status) && WEXITSTATUS(status) == 7 ? 0 : 1;
}
int main() {
    watchdog(50);
    return verdict(without_reader(false) == 0 && without_reader(true) == 0,
                   "the end of a program whose standard error is full");
}
