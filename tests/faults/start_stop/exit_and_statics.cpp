// SPDX-License-Identifier: BSL-1.0
// Tries: std::exit from a process, return from main with the runtime running, use of servers in
// destructors of statics and thread_locals (before and after the runtime is gone). Right: the
// program ends with its code, no crash, no hang.
#include <coppice.hpp>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <sys/wait.h>
#include <thread>
using namespace coppice;
using namespace std::chrono_literals;
struct note {
    int n;
};
struct ask {
    using reply = int;
};
struct srv {
    int n = 0;
    void handle_cast(note x) { n += x.n; }
    int handle_call(ask) { return n; }
};
inline constexpr server_name<srv> the_srv{"srv"};
struct at_exit {
    bool on = false;
    ~at_exit() {
        if (!on)
            return;
        the_srv.cast(note{1});
        auto r = the_srv.try_call(ask{}, 500ms);
        std::fprintf(stderr, "in a static's destructor: %s\n",
                     r ? "answered" : to_string(r.error().code).data());
        log::error("a line from a static's destructor");
        (void)pid{}.send_after(1ms, note{1}).cancel();
    }
};
static at_exit statics;
struct tl {
    bool on = false;
    ~tl() {
        if (on) {
            the_srv.cast(note{1});
            (void)the_srv.try_call(ask{}, 200ms);
        }
    }
};
thread_local tl per_thread;
struct die {};
struct killer {
    void handle_cast(die) { std::exit(0); }
};
#if defined(__SANITIZE_THREAD__)
static constexpr int rounds = 5; // a start and a stop take half a second
#else
static constexpr int rounds = 50;
#endif
static int one(const std::string& how) {
    statics.on = how.rfind("plain", 0) != 0;
    if (how == "plain-exit-in-process")
        runtime::run([] {
            start<srv>({.name = the_srv});
            std::exit(0);
        });
    if (how == "plain-exit-in-handler") {
        runtime::start({.threads = 2});
        auto x = start<killer>();
        x.cast(die{});
        std::this_thread::sleep_for(3s);
        std::_Exit(5);
    }
    if (how == "plain-exit-in-app")
        return application{{}, {child<srv>(the_srv)}}.run([] { std::exit(0); });
    if (how == "plain-exit-in-blocking")
        return application{{}, {child<srv>(the_srv)}}.run([] { blocking([] { std::exit(0); }); });
    if (how == "exit-in-process")
        runtime::run([] {
            start<srv>({.name = the_srv});
            std::exit(0);
        });
    if (how == "exit-in-handler") {
        runtime::start({.threads = 2});
        start<srv>({.name = the_srv});
        auto x = start<killer>();
        x.cast(die{});
        std::this_thread::sleep_for(3s);
        std::_Exit(5);
    }
    if (how == "exit-in-app")
        return application{{}, {child<srv>(the_srv)}}.run([] { std::exit(0); });
    if (how == "main-returns") {
        runtime::start({.threads = 2});
        start<srv>({.name = the_srv});
        spawn([] {
            for (;;)
                this_process::sleep(1ms);
        });
    }
    if (how == "stopped") {
        runtime::start({.threads = 2});
        start<srv>({.name = the_srv});
        runtime::stop();
    }
    if (how == "thread-local") {
        runtime::start({.threads = 2});
        start<srv>({.name = the_srv});
        std::thread([] { per_thread.on = true; }).join();
        runtime::stop();
        std::thread([] { per_thread.on = true; }).join();
    }
    if (how == "thread-local-worker") {
        runtime::start({.threads = 2});
        start<srv>({.name = the_srv});
        runtime::run([] { per_thread.on = true; });
        runtime::stop();
    }
    if (how == "twice")
        for (int i = 0; i < rounds; ++i) {
            runtime::start({.threads = 2});
            start<srv>({.name = the_srv});
            the_srv.call(ask{});
            runtime::stop();
        }
    if (how == "stop-while-called") {
        runtime::start({.threads = 2});
        start<srv>({.name = the_srv});
        for (int i = 0; i < 4; ++i)
            std::thread([] {
                for (;;)
                    (void)the_srv.try_call(ask{}, 100ms);
            }).detach();
        std::this_thread::sleep_for(100ms);
        runtime::stop();
    }
    return 0;
}
int main(int n, char** v) {
    if (n > 1)
        return one(v[1]);
    std::setvbuf(stdout, nullptr, _IOLBF, 0);
    int bad = 0;
    for (const char* how : {"plain-exit-in-process", "plain-exit-in-handler", "plain-exit-in-app",
                            "plain-exit-in-blocking", "exit-in-process", "exit-in-handler",
                            "exit-in-app", "main-returns", "stopped", "never-started",
                            "thread-local", "thread-local-worker", "twice", "stop-while-called"}) {
        const int rc = std::system(
            ("timeout 10 " + std::string{v[0]} + " " + how + " >./c17." + how + ".out 2>&1")
                .c_str());
        const int code = WIFEXITED(rc) ? WEXITSTATUS(rc) : 128 + WTERMSIG(rc);
        std::printf("%s %s: exit code %d\n", code == 0 ? "ok   " : "WRONG", how, code);
        bad += code != 0;
    }
    return bad != 0;
}
