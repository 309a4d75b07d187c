// SPDX-License-Identifier: BSL-1.0
// A bus: any server that handles `event` may subscribe, and dead subscribers are removed. Beside it
// function processes, which take their messages by `receive`.
#include <algorithm>
#include <coppice.hpp>
#include <iostream>
#include <vector>

using namespace coppice;
using namespace std::chrono_literals;

struct event {
    std::string text;
};
using listener = server_ref<protocol<event>>; // the bus needs to know no more of a subscriber
struct subscribe {
    listener subscriber;
    using reply = void;
};
struct publish {
    event what;
    using reply = std::size_t; // the number of subscribers
};

class bus {
public:
    void handle_call(subscribe s) {
        const monitor_ref watch = this_process::monitor(s.subscriber);
        listeners_.push_back({watch, s.subscriber});
    }
    std::size_t handle_call(publish p) {
        for (const entry& l : listeners_)
            l.subscriber.cast(event{p.what});
        return listeners_.size();
    }
    void handle_info(const down& d) {
        std::erase_if(listeners_, [&](const entry& l) { return l.watch == d.ref; });
    }

private:
    struct entry {
        monitor_ref watch;
        listener subscriber;
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
        left.stop(); // returns when the server has exited, and the bus has its `down`
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
