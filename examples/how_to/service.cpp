// SPDX-License-Identifier: BSL-1.0
// A service that starts and stops in order: ready when all is up, no new work while it stops.
#include <coppice.hpp>
#include <coppice/release.hpp>
#include <csignal>
#include <cstdio>

using namespace coppice;
using namespace std::chrono_literals;

class store {
public:
    store() { this_process::trap_exit(true); } // without it a shutdown skips `terminate`
    void terminate(const exit_reason& why) { std::printf("store: %s\n", why.text().c_str()); }
};

struct accept_work {
    bool yes;
    using reply = void;
};
class listener {
public:
    void handle_call(accept_work a) { std::puts(a.yes ? "listens" : "listens no more"); }
};

inline constexpr server_name<store> the_store{"store"};
inline constexpr server_name<listener> the_listener{"listener"};

struct open_port {};

class web {
public:
    static constexpr std::string_view name = "web";
    supervisor_spec start() {
        return {{.strategy = rest_for_one},
                {child<store>(the_store).shutdown(10s), child<listener>(the_listener)}};
    }
    using start_phases = phases<open_port>;
    void start_phase(open_port) { the_listener.call(accept_work{true}); } // all trees are up
    void prep_stop() { the_listener.call(accept_work{false}); }           // the tree still stands
    void stop() { std::puts("the tree has stopped"); }
};

int main(int argc, char**) {
    release<web> service{{.stop_timeout = 20s}};
    if (argc == 1)
        return service.run(); // until SIGTERM or SIGINT
    return service.run([] {   // to try it: told to stop, as by systemd
        std::raise(SIGTERM);
        this_process::sleep(infinity);
    });
}
