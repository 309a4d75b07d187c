// SPDX-License-Identifier: BSL-1.0
// Tries: see plugin.cpp; this is the program, linked whole with -rdynamic so that there is one
// Coppice.
// Right: see plugin.cpp.
#include "shared.hpp"
#include <cstdio>
#include <dlfcn.h>
using namespace coppice;
using namespace std::chrono_literals;
int main(int, char** v) {
    void* so = dlopen(v[1], RTLD_NOW | RTLD_LOCAL);
    if (!so) {
        std::printf("dlopen: %s\n", dlerror());
        return 9;
    }
    int bad = 0;
    runtime::run([&] {
        auto s = start<srv>({.name = the_srv});
        std::printf("one runtime: %d\n",
                    reinterpret_cast<int (*)()>(dlsym(so, "plugin_running"))());
        int r = reinterpret_cast<int (*)(std::uint64_t)>(dlsym(so, "plugin_by_ref"))(
            detail::pid_access::word(s.process()));
        std::printf("%s call by reference %d\n", r == 1 ? "ok   " : "WRONG", r);
        bad += r != 1;
        r = reinterpret_cast<int (*)()>(dlsym(so, "plugin_by_name"))();
        std::printf("%s call by name: %d %s\n", r == 1 ? "ok   " : "WRONG", r,
                    r < 0 ? to_string(errc(-r)).data() : "");
        bad += r != 1;
        reinterpret_cast<void (*)(std::uint64_t)>(dlsym(so, "plugin_send"))(
            detail::pid_access::word(this_process::self()));
        auto m = this_process::receive<hello>(500ms);
        std::printf("%s struct sent by pid %s\n", m ? "ok   " : "WRONG",
                    m ? "received" : "not recognised");
        bad += !m;
    });
    std::fflush(stdout);
    _Exit(bad != 0);
}
