// SPDX-License-Identifier: BSL-1.0
// Tries: a process is told to end (kill / shutdown) while a local object's destructor, at ordinary
// scope exit, or a noexcept handler waits or casts.
// Right: that process alone ends and the program goes on. std::terminate of the whole program is
// the fault.
#include <coppice.hpp>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
using namespace coppice;
using namespace std::chrono_literals;
struct give_back {
    int id;
};
struct ask {
    using reply = int;
};
struct pool {
    void handle_cast(give_back) {}
    int handle_call(ask) {
        this_process::sleep(200ms);
        return 1;
    }
};
static void compute() {
    const auto t = std::chrono::steady_clock::now() + 300ms;
    while (std::chrono::steady_clock::now() < t) {}
}
static int child_main(const std::string& how) {
    runtime::start({.threads = 2});
    bool fine = false;
    runtime::run([&] {
        auto p = start<pool>();
        pid victim;
        if (how == "sleep")
            victim = spawn([] {
                struct guard {
                    ~guard() { this_process::sleep(500ms); }
                };
                { guard g; }
                this_process::sleep(infinity);
            });
        else if (how == "call")
            victim = spawn([p] {
                struct guard {
                    server_ref<pool> p;
                    ~guard() { (void)p.try_call(ask{}); }
                };
                { guard g{p}; }
                this_process::sleep(infinity);
            });
        else if (how == "cast")
            victim = spawn([p] { // a lease gives itself back; the signal came while it computed
                struct lease {
                    server_ref<pool> p;
                    ~lease() { p.cast(give_back{1}); }
                };
                lease l{p};
                compute();
            });
        else if (how == "send")
            victim = spawn([p] {
                struct lease {
                    pid p;
                    ~lease() { p.send(give_back{1}); }
                };
                lease l{p};
                compute();
            });
        else if (how == "demonitor")
            victim = spawn([p] {
                struct watch {
                    monitor_ref r;
                    ~watch() { this_process::demonitor(r); }
                };
                watch l{this_process::monitor(p)};
                compute();
            });
        else if (how == "exit-other")
            victim = spawn([] {
                struct helper {
                    pid h;
                    ~helper() { h.exit(exit_reason::shutdown); }
                };
                helper l{spawn([] { this_process::sleep(infinity); })};
                compute();
            });
        else if (how == "send_after")
            victim = spawn([p] {
                struct later {
                    pid p;
                    ~later() { p.send_after(1s, give_back{2}); }
                };
                later l{p};
                compute();
            });
        else if (how == "handler") {
            struct go {};
            struct srv {
                void handle_cast(go) {
                    struct guard {
                        ~guard() { this_process::sleep(500ms); }
                    };
                    guard g;
                }
            };
            auto s = start<srv>();
            s.cast(go{});
            victim = s.process();
        } else if (how == "noexcept-handler") {
            struct go {};
            struct srv {
                void handle_cast(go) noexcept { this_process::sleep(500ms); }
            };
            auto s = start<srv>();
            s.cast(go{});
            victim = s.process();
        } else if (how ==
                   "noexcept-terminate") { // its time in terminate is over: the supervisor kills it
            struct srv {
                srv() { this_process::trap_exit(true); }
                void terminate(const exit_reason&) noexcept { this_process::sleep(2s); }
            };
            auto sup = start<supervisor>(supervisor_flags{},
                                         std::vector<child_spec>{child<srv>("s").shutdown(100ms)});
            victim = supervisor::which_children(sup)[0].process;
            spawn([sup] { (void)supervisor::try_terminate_child(sup, "s"); });
        } else if (how == "try_stop") { // an owner that stops its helper server
            struct srv {
                void terminate(const exit_reason&) { this_process::sleep(300ms); }
            };
            victim = spawn([] {
                struct owner {
                    server_ref<srv> s = start<srv>();
                    ~owner() { (void)s.try_stop(); }
                };
                { owner o; }
                this_process::sleep(infinity);
            });
        }
        const auto ref = this_process::monitor(victim);
        std::thread other; // a plain thread: this process may share its thread with the victim
        if (how != "noexcept-terminate")
            other = std::thread{[&] {
                std::this_thread::sleep_for(100ms);
                victim.exit(how == "cast" || how == "send" ? exit_reason::shutdown
                                                           : exit_reason::kill);
            }};
        this_process::sleep(150ms);
        if (other.joinable())
            other.join();
        auto d = this_process::receive<down>(5s);
        fine = d && d->ref == ref;
        this_process::sleep(600ms);
    });
    runtime::stop();
    return fine ? 0 : 2;
}
int main(int n, char** v) {
    if (n > 1)
        return child_main(v[1]);
    int bad = 0;
    for (const char* how :
         {"sleep", "call", "cast", "send", "demonitor", "exit-other", "send_after", "handler",
          "noexcept-handler", "noexcept-terminate", "try_stop"}) {
        const int rc = std::system((std::string{v[0]} + " " + how + " >/dev/null 2>&1").c_str());
        const bool ok = WIFEXITED(rc) && WEXITSTATUS(rc) == 0;
        std::printf("%s %s: exit code %d\n", ok ? "ok   " : "WRONG", how,
                    WIFEXITED(rc) ? WEXITSTATUS(rc) : 128 + WTERMSIG(rc));
        bad += !ok;
    }
    return bad != 0;
}
