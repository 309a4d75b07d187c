// SPDX-License-Identifier: BSL-1.0
// Tries: a linked start whose constructor started a linked helper and then throws / exits / ignores
// / takes too long.
// Right: the starter gets one answer and no stray exit message; helpers exit with it unless it
// exited with normal; the name is free.
#include <coppice.hpp>
#include <cstdio>
using namespace coppice;
using namespace std::chrono_literals;
static int bad = 0;
static void check(bool ok, int how, const char* what) {
    if (!ok) {
        std::printf("WRONG how %d: %s\n", how, what);
        ++bad;
    }
}
struct helper {
    void handle_info(message) {}
};
static std::atomic<std::uint64_t> linked{0};
struct failing {
    explicit failing(int how) {
        linked = detail::pid_access::word(start_link<helper>().process());
        if (how == 0)
            throw std::runtime_error{"no"};
        if (how == 1)
            this_process::exit(exit_reason{"bad"});
        if (how == 2)
            this_process::ignore();
        if (how == 3)
            this_process::sleep(10s);
        if (how == 4)
            this_process::exit(exit_reason::normal);
    }
};
inline constexpr server_name<failing> name{"failing"};
int main() {
    log::set_level(severity::off);
    runtime::run([] {
        this_process::trap_exit(true);
        for (int how = 0; how < 5; ++how) {
            auto r = try_start_link<failing>({.name = name, .timeout = 200ms}, how);
            check(!r, how, "the start fails");
            check(!this_process::receive<exit_signal>(100ms), how, "no stray exit message");
            check(!whereis("failing"), how, "the name is free");
            check(detail::pid_access::make(linked.load()).alive() == (how == 2 || how == 4), how,
                  "the linked helper");
        }
        for (int how : {2, 3, 4}) { // a starter that does not trap exits
            (void)spawn_monitor(
                [how] { (void)try_start_link<failing>({.name = name, .timeout = 100ms}, how); });
            auto d = this_process::receive<down>(2s);
            check(d && d->reason == exit_reason::normal, how,
                  d ? d->reason.text().c_str() : "hangs");
        }
    });
    std::printf("%s\n", bad ? "WRONG" : "ok    all as in OTP");
    return bad != 0;
}
