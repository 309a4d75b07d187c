// SPDX-License-Identifier: BSL-1.0
// A bus: a subscriber is whoever handles `event`, and the dead are forgotten. Beside it raw
// processes, which are functions and take their mail by `receive`.
#include <algorithm>
#include <coppice.hpp>
#include <iostream>
#include <vector>

using namespace coppice;
using namespace std::chrono_literals;

struct event {
    std::string text;
};
using listener = server_ref<protocol<event>>; // all that the bus needs to know of them
struct subscribe {
    listener who;
    using reply = void;
};
struct publish {
    event what;
    using reply = std::size_t; // to how many
};

class bus {
public:
    void handle_call(subscribe s) {
        const monitor_ref watch = this_process::monitor(s.who);
        listeners_.push_back({watch, s.who});
    }
    std::size_t handle_call(publish p) {
        for (const entry& l : listeners_)
            l.who.cast(event{p.what});
        return listeners_.size();
    }
    void handle_info(const down& d) {
        std::erase_if(listeners_, [&](const entry& l) { return l.watch == d.ref; });
    }

private:
    struct entry {
        monitor_ref watch;
        listener who;
    };
    std::vector<entry> listeners_;
};

struct shown {
    using reply = std::vector<std::string>;
};

class screen {
    friend coppice::handler_access; // so the handlers may be private
    void handle_cast(event e) { lines_.push_back(std::move(e.text)); }
    std::vector<std::string> handle_call(shown) const { return lines_; }

    std::vector<std::string> lines_;
};

struct ping {
    pid from;
    int id;
};
struct pong {
    int id;
};

namespace {

void show(const char* name, const server_ref<screen>& s) {
    std::cout << name << ':';
    for (const std::string& line : s.call(shown{}))
        std::cout << ' ' << line;
    std::cout << '\n';
}

void echo() {
    for (;;)
        this_process::receive([](ping p) { p.from.send(pong{p.id}); });
}

} // namespace

int main() {
    return application{}.run([] {
        const auto b = start<bus>();
        const auto left = start<screen>(), right = start<screen>();
        b.call(subscribe{left});
        b.call(subscribe{right});
        std::cout << "heard by " << b.call(publish{{"one"}}) << '\n';
        show("left", left);
        left.stop(); // returns when it is gone, and then the bus has been told
        std::cout << "heard by " << b.call(publish{{"two"}}) << '\n';
        show("right", right);

        const pid e = spawn(echo);
        const monitor_ref watch = this_process::monitor(e);
        for (const int id : {1, 2, 3})
            e.send(ping{this_process::self(), id});
        const int picked = this_process::receive(
            when([](const pong& p) { return p.id == 2; }, [](pong p) { return p.id; }),
            after(1s, [] { return -1; }));
        std::cout << "picked " << picked << ", then " << this_process::receive<pong>().id << '\n';
        e.exit(exit_reason::kill);
        this_process::receive(
            when([&](const down& d) { return d.ref == watch; },
                 [](const down& d) { std::cout << "down: " << d.reason.text() << '\n'; }));
    });
}
