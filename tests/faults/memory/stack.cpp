// SPDX-License-Identifier: BSL-1.0
// Tries: what uses much stack inside a process with the default options (64 KiB): std::regex,
// getaddrinfo, printf of doubles, filesystem, a message or reply struct of 100 KB. Right: works, or
// is told at compile time / by a clear report; no silent damage.
#include <array>
#include <coppice.hpp>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <netdb.h>
#include <regex>
#include <sstream>
#include <string>
#include <sys/wait.h>
#include <unistd.h>
using namespace coppice;
struct big {
    std::array<char, 100'000> data;
};
struct bigreply {
    using reply = big;
};
struct srv {
    long n = 0;
    void handle_cast(const big& b) { n += b.data[7]; }
    big handle_call(bigreply) { return big{}; }
};
static int one(const std::string& how) {
    runtime::run([&] {
        if (how == "printf")
            [&]() __attribute__((noinline)) {
                char b[700];
                std::snprintf(b, sizeof b, "%.300f", 1e300 / 3);
            }
        ();
        if (how == "iostream")
            [&]() __attribute__((noinline)) {
                std::ostringstream o;
                o << std::fixed << 1e300;
            }
        ();
        if (how == "regex-240")
            [&]() __attribute__((noinline)) {
                std::string s(240, 'x');
                std::regex r{".*y"};
                (void)std::regex_search(s, r);
            }
        ();
        if (how == "regex-2000")
            [&]() __attribute__((noinline)) {
                std::string s(2000, 'x');
                std::regex r{"(x|y)*z"};
                (void)std::regex_match(s, r);
            }
        ();
        if (how == "getaddrinfo")
            [&]() __attribute__((noinline)) {
                addrinfo* a = nullptr;
                if (getaddrinfo("localhost", "80", nullptr, &a) == 0)
                    freeaddrinfo(a);
            }
        ();
        if (how == "filesystem")
            [&]() __attribute__((noinline)) {
                int n = 0;
                for (auto& e : std::filesystem::recursive_directory_iterator(".")) {
                    (void)e;
                    ++n;
                }
                (void)std::filesystem::canonical("./.");
            }
        ();
        if (how == "cast-100k")
            [&]() __attribute__((noinline)) {
                auto s = start<srv>();
                s.cast(big{});
                s.stop();
            }
        ();
        if (how == "call-100k")
            [&]() __attribute__((noinline)) {
                auto s = start<srv>();
                auto b = std::make_unique<big>(s.call(bigreply{}));
                s.stop();
            }
        ();
        if (how == "send-100k")
            [&]() __attribute__((noinline)) {
                this_process::self().send(big{});
                auto b = std::make_unique<big>(this_process::receive<big>());
            }
        ();
    });
    return 0;
}
int main(int n, char** v) {
    if (n > 1)
        return one(v[1]);
    int bad = 0;
    for (const char* how : {"printf", "iostream", "regex-240", "regex-2000", "getaddrinfo",
                            "filesystem", "cast-100k", "call-100k", "send-100k"}) {
        const std::string errors = "./c16." + std::to_string(getpid()) + "." + how + ".err";
        const int rc =
            std::system((std::string{v[0]} + " " + how + " >/dev/null 2>" + errors).c_str());
        const int code = WIFEXITED(rc) ? WEXITSTATUS(rc) : 128 + WTERMSIG(rc);
        std::ostringstream text;
        text << std::ifstream{errors}.rdbuf();
        std::filesystem::remove(errors);
        const bool told = text.str().find("coppice: stack overflow in <") != std::string::npos;
        const bool right = code == 0 || told;
        bad += !right;
        std::printf("%s %s: exit code %d%s\n", right ? "ok   " : "WRONG", how, code,
                    told ? ", with the report" : "");
        std::fflush(stdout);
    }
    return bad != 0;
}
