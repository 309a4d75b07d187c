// SPDX-License-Identifier: BSL-1.0
// Tries: forms a C++ user writes: blocking(function), blocking returning a reference, receive with
// function pointers, std::function ....
// Right: compiles and works, or one sentence of Coppice's own.
#include "case.hpp"
#include <functional>
struct msg {
    int n;
};
static void nothing() {}
static int number() { return 4; }
static int global = 5;
static int take(msg m) noexcept { return m.n; }
static int take2(msg m) { return m.n; }
struct S {
    int run(int x) const { return x; }
};
struct huge {
    alignas(128) char c[128];
};
struct alignas(128) wide {
    int n = 0;
    using reply = int;
    int handle_call(wide w) { return w.n; }
};
struct ask {
    using reply = int;
};
struct wide_server {
    alignas(128) char c[128];
    int handle_call(ask) { return reinterpret_cast<std::uintptr_t>(c) % 128 != 0; }
};
static int wrong = 0, form = 0;
static void check(int (*f)()) {
    int bad = 1;
    runtime::run([&] { bad = f(); });
    std::printf("%s form %d\n", bad ? "WRONG" : "ok   ", form++);
    wrong += bad;
}
int main() {
    watchdog(40);
    check([] {
        int bad = 1;
        blocking(nothing);
        bad = 0;
        return bad;
    });
    check([] {
        int bad = 1;
        bad = blocking(number) != 4;
        return bad;
    });
    check([] {
        int bad = 1;
        bad = &blocking([]() -> int& { return global; }) != &global;
        return bad;
    });
    check([] {
        int bad = 1;
        this_process::self().send(msg{0});
        bad = this_process::receive(&take2);
        return bad;
    });
    check([] {
        int bad = 1;
        this_process::self().send(msg{0});
        bad = this_process::receive(&take); // noexcept function
        return bad;
    });
    check([] {
        int bad = 1;
        this_process::self().send(msg{0});
        std::function<int(msg)> f = take2;
        bad = this_process::receive(f);
        return bad;
    });
    check([] {
        int bad = 1;
        (void)spawn_monitor(&S::run, S{}, 3);
        bad = this_process::receive<down>().reason != exit_reason::normal;
        return bad;
    });
    check([] {
        int bad = 1;
        this_process::self().send(msg{0});
        int& r = this_process::receive([](msg) -> int& { return global; });
        bad = &r != &global;
        return bad;
    });
    check([] {
        int bad = 1;
        const auto f = [] { return std::make_unique<int>(0); };
        bad = *blocking(f);
        return bad;
    });
    check([] {
        int bad = 1;
        this_process::self().send(huge{});
        (void)this_process::receive<huge>();
        bad = 0; // alignment 128 in a message
        return bad;
    });
    check([] {
        int bad = 1;
        auto s = start<wide_server>();
        bad = s.call(ask{}); // alignment 128 in a server
        return bad;
    });
    check([] {
        int bad = 1;
        this_process::self().send(msg{0});
        bad = this_process::receive([](msg m) noexcept { return m.n; });
        return bad;
    });
    check([] {
        int bad = 1;
        auto s = start<wide>();
        bad = s.call(wide{}); // alignment 128 in a call
        return bad;
    });
    return verdict(wrong == 0, "forms that a C++ user writes");
}
