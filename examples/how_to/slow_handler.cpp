// SPDX-License-Identifier: BSL-1.0
// A handler that computes for too long, a caller that waits for it, and what tells of both.
#include <atomic>
#include <coppice.hpp>
#include <coppice/system_monitor.hpp>
#include <cstdio>

using namespace coppice;
using namespace std::chrono_literals;

std::atomic<bool> enough{false};

struct compute {
    using reply = int;
};

class slow {
public:
    int handle_call(compute) {
        while (!enough)
            ++rounds_;
        return 42;
    }
    std::string format_status() const { return rounds_ ? "has computed" : "fresh"; }

private:
    unsigned long rounds_ = 0;
};
inline constexpr server_name<slow> the_slow{"slow"};

struct found {
    using reply = std::vector<std::string>;
};

class watcher { // a server: it is bound to no thread, and runs beside the slow one
public:
    void handle_info(const long_handler& h) {
        found_[0] = h.name + " handles " + h.handling;
        found_[1] = "seen from outside: " + process_info_from_outside(h.process)->handling;
        enough = !found_[2].empty();
    }
    void handle_info(const long_wait& w) {
        found_[2] = "a caller waits for " + registered_name(w.waits_for);
        enough = !found_[0].empty();
    }
    std::vector<std::string> handle_call(found) const { return found_; }

private:
    std::vector<std::string> found_ = std::vector<std::string>(3);
    system_monitor watch_{this_process::self(this),
                          {.long_handler = 20ms, .long_wait = 50ms, .interval = 10ms}};
};
inline constexpr server_name<watcher> the_watcher{"watcher"};

int main() {
    return application{{},
                       {child<watcher>(the_watcher), child<slow>(the_slow)},
                       {.runtime = {.long_handler = 50ms}}}
        .run([] {
            the_slow.call(compute{}, infinity);
            for (const std::string& line : the_watcher.call(found{}))
                std::puts(line.c_str());
            const sys::status s = sys::get_status(the_slow);
            std::printf("%s, %s: %s\n", s.behaviour.c_str(), s.type.c_str(), s.state.c_str());
        });
}
