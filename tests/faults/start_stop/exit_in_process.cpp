// SPDX-License-Identifier: BSL-1.0
// A process calls std::exit(3) while others run; a static object's destructor logs, sends, looks up
// a name and reads the clock. Then the same after application::run.
// Right: exit code 3 both times; wrong: std::exit in a process hangs for ever.
#include "case.hpp"
struct m {};
struct last {
    ~last() {
        log::error("last words");
        pid p = whereis("unknown");
        p.send(m{});
        if (kept)
            kept.send(m{});
        (void)this_process::now();
        try {
            spawn([] {});
        } catch (const std::logic_error&) {}
        if (!getenv("NOINFO"))
            (void)process_info(kept);
    }
    pid kept;
};
static last the_last;
int main() {
    watchdog(30);
    int bad = 0;
    std::setvbuf(stdout, nullptr, _IOLBF, 4096);
    for (int k = 0; k < 6; ++k) {
        const pid_t c = fork();
        if (c == 0) {
            watchdog(10);
            log::configure({.level = severity::error, .file = "./x.log"});
            const int code = application{}.run([k] {
                for (int i = 0; i < 50; ++i)
                    spawn([] {
                        for (;;) {
                            this_process::sleep(1ms);
                            log::error("x");
                        }
                    });
                the_last.kept = spawn([] { this_process::sleep(infinity); });
                this_process::sleep(20ms);
                if (k % 2)
                    std::exit(3);
                return 3;
            });
            std::exit(code);
        }
        int st = 0;
        waitpid(c, &st, 0);
        std::printf("%s: status %x\n", k % 2 ? "exit in a process" : "return from main", st);
        if (!WIFEXITED(st) || WEXITSTATUS(st) != 3) {
            ++bad;
            std::printf("%s: status %x\n", k % 2 ? "exit in a process" : "return from main", st);
            std::fflush(stdout);
        }
    }
    return verdict(bad == 0, "the end of the program");
}
