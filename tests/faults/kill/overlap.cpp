// SPDX-License-Identifier: BSL-1.0
// Tries: a child that holds something exclusive (RAII) is killed while its handler waits /
// computes; the supervisor restarts it.
// Right: the old object is destroyed before the new one is constructed (as for a crash); two at
// once is the fault.
#include <coppice.hpp>
#include <cstdio>
#include <thread>
using namespace coppice;
using namespace std::chrono_literals;
static std::atomic<int> alive{0}, most{0}, constructed{0};
struct work {
    int how;
};
struct holder {
    holder() {
        ++constructed;
        const int n = ++alive;
        if (n > most)
            most = n;
    }
    ~holder() { --alive; }
    void handle_cast(work w) {
        if (w.how == 0)
            this_process::sleep(infinity);
        if (w.how == 1) {
            const auto t = std::chrono::steady_clock::now() + 300ms;
            while (std::chrono::steady_clock::now() < t) {}
        }
        if (w.how == 2)
            blocking([] { std::this_thread::sleep_for(300ms); });
        if (w.how == 3) {
            struct x {
                ~x() { this_process::sleep(100ms); }
            } g;
            this_process::sleep(infinity);
        }
        if (w.how == 4)
            throw 1;
        if (w.how == 5)
            this_process::exit(exit_reason{"x"});
    }
};
inline constexpr server_name<holder> the_holder{"holder"};
struct stubborn {
    stubborn() {
        this_process::trap_exit(true);
        const int n = ++alive;
        if (n > most)
            most = n;
    }
    ~stubborn() { --alive; }
    void terminate(const exit_reason&) {
        struct x {
            ~x() { this_process::sleep(100ms); }
        } g;
        this_process::sleep(10s);
    }
};
int main() {
    std::setvbuf(stdout, nullptr, _IOLBF, 0);
    log::set_level(severity::off);
    int bad = 0;
    runtime::start({.threads = 2});
    runtime::run([&] {
        auto sup = start_link<supervisor>(supervisor_flags{.intensity = 1000},
                                          std::vector<child_spec>{child<holder>(the_holder)});
        const char* what[] = {"sleeps (killed)",
                              "computes (killed)",
                              "is in blocking() (killed)",
                              "sleeps under a destructor that waits (killed)",
                              "throws",
                              "exits"};
        for (int how = 0; how < 6; ++how) {
            most = 0;
            for (int i = 0; i < (how == 1 || how == 2 || how == 3 ? 3 : 30); ++i) {
                const int b = constructed;
                const pid p = the_holder.whereis().process();
                the_holder.cast(work{how});
                if (how < 4)
                    blocking([p] {
                        std::this_thread::sleep_for(5ms);
                        p.exit(exit_reason::kill);
                    });
                for (int k = 0; k < 2000 && constructed == b; ++k)
                    this_process::sleep(1ms);
            }
            std::printf("%s the old one %s: at most %d at once\n", most <= 1 ? "ok   " : "WRONG",
                        what[how], most.load());
            bad += most > 1;
            for (int k = 0; k < 1000 && alive > 1; ++k)
                this_process::sleep(1ms);
        }
        const int base = alive; // the supervisor's own stop of a child after its timeout
        auto s2 = start_link<supervisor>(
            supervisor_flags{}, std::vector<child_spec>{child<stubborn>("s").shutdown(50ms)});
        supervisor::terminate_child(s2, "s");
        const int after = alive - base;
        std::printf("%s after terminate_child has returned %d object(s) of it live\n",
                    after == 0 ? "ok   " : "WRONG", after);
        bad += after != 0;
        (void)sup;
    });
    runtime::stop();
    return bad;
}
