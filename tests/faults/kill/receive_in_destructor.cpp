// SPDX-License-Identifier: BSL-1.0
// A destructor asks another process and waits for the reply with receive<M>() while its killed
// process unwinds.
// Right: no undefined behaviour (an exception, an abort with a sentence, or no return); wrong: an M
// made of an empty optional.
#include "case.hpp"
static bool returned;
static std::string text;
struct reply_text {
    std::string s;
};
struct asks {
    ~asks() {
        auto r = this_process::receive<reply_text>();
        returned = true;
        text = "size " + std::to_string(r.s.size());
    }
};
int main() {
    watchdog(10);
    const bool ok = in_child([] {
        log::set_level(severity::off);
        testing::simulation sim{1};
        sim.run([&] {
            const pid p = spawn([] {
                asks a;
                this_process::sleep(infinity);
            });
            this_process::sleep(1s);
            p.exit(exit_reason::kill);
            this_process::sleep(1s);
        });
        std::printf("receive<M>() returned %d: %s\n", returned, text.c_str());
        std::fflush(stdout);
        _exit(returned ? 1 : 0);
    });
    return verdict(ok, "receive<M>() in a exited process");
}
