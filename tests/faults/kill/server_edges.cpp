// SPDX-License-Identifier: BSL-1.0
// Tries: stop in a constructor; exit(kill) by oneself; a terminate that throws / exits / stops /
// calls itself; what is thrown is no std::exception; format_status that throws. Right: as OTP: the
// reason is not lost, no other process is harmed.
#include <coppice.hpp>
#include <cstdio>
#include <string>
using namespace coppice;
using namespace std::chrono_literals;
struct ask {
    using reply = int;
};
struct die {
    int how;
};
static int bad = 0;
static void check(bool ok, const char* what, const std::string& got) {
    std::printf("%s %s: %s\n", ok ? "ok   " : "DIFF ", what, got.c_str());
    bad += !ok;
}
struct srv {
    void handle_cast(die d) {
        if (d.how == 0)
            throw 7;
        if (d.how == 2)
            this_process::exit(exit_reason::kill);
        if (d.how == 3)
            throw std::runtime_error{"first"};
        if (d.how == 4)
            this_process::stop(exit_reason{"mine"});
        if (d.how == 5)
            this_process::exit(exit_reason::tagged("shutdown", exit_reason{"upgrade"}));
        if (d.how == 6) {
            struct odd {
                int x;
            };
            throw odd{1};
        }
    }
    std::string format_status() const { throw std::runtime_error{"no status"}; }
};
struct bad_terminate {
    int how;
    explicit bad_terminate(int h) : how{h} {}
    void handle_cast(die) { throw std::runtime_error{"first"}; }
    void terminate(const exit_reason&) {
        if (how == 0)
            throw std::runtime_error{"second"};
        if (how == 1)
            this_process::exit(exit_reason{"second"});
        if (how == 2)
            this_process::stop(exit_reason{"late"});
        if (how == 3)
            (void)this_process::self(this).try_call(ask{}, 200ms);
    }
    int handle_call(ask) { return 1; }
};
struct stops_in_ctor {
    stops_in_ctor() { this_process::stop(exit_reason{"early"}); }
};
template <class S, class... A>
exit_reason end_of(die d, A... a) {
    auto m = start_monitor<S>(a...);
    m.server.cast(d);
    auto e = this_process::receive<down>(3s);
    return e ? e->reason : exit_reason{"hangs"};
}
int main() {
    log::set_level(severity::off);
    runtime::run([] {
        auto r = end_of<srv>({0});
        check(r.is_error(), "throw 7", r.text());
        r = end_of<srv>({2});
        check(r == exit_reason::kill, "exit(kill) by oneself (OTP: kill)", r.text());
        r = end_of<srv>({3});
        check(r.is_error(), "throw, format_status throws too", r.text());
        r = end_of<srv>({4});
        check(r == exit_reason{"mine"}, "stop(mine)", r.text());
        r = end_of<srv>({5});
        check(r.is_orderly() && r.is_tagged(), "exit({shutdown, upgrade})", r.text());
        r = end_of<srv>({6});
        check(r.is_error(), "a struct that is no exception", r.text());
        r = end_of<bad_terminate>({0}, 0);
        check(r.text().find("second") != r.text().npos, "terminate throws (OTP: its reason counts)",
              r.text());
        r = end_of<bad_terminate>({0}, 1);
        check(r == exit_reason{"second"}, "terminate exits", r.text());
        r = end_of<bad_terminate>({0}, 2);
        check(r.text().find("first") != r.text().npos, "terminate says stop", r.text());
        r = end_of<bad_terminate>({0}, 3);
        check(r.text().find("first") != r.text().npos, "terminate calls its own server", r.text());
        auto s = try_start<stops_in_ctor>();
        check(!s, "stop(early) in a constructor (OTP: {stop, R} of init: the start fails)",
              s ? "the start succeeds" : s.error().reason.text());
        (void)spawn_monitor([] {
            this_process::trap_exit(true);
            spawn_link([] { this_process::exit(exit_reason::kill); });
            auto e = this_process::receive<exit_signal>(1s);
            if (!e || e->reason != exit_reason::kill)
                this_process::exit(exit_reason{"wrong"});
        });
        r = this_process::receive<down>().reason;
        check(r == exit_reason::normal, "linked to one that exits with kill, trapping", r.text());
    });
    return bad != 0;
}
