// SPDX-License-Identifier: BSL-1.0
// A process for each key, started when the key is first asked for.
#include <coppice.hpp>
#include <iostream>

using namespace coppice;

struct say {
    std::string text;
};
struct lines {
    using reply = int;
};
struct close_room {};

class room {
public:
    void handle_cast(const say& s) {
        if (s.text.empty())
            throw std::invalid_argument{"there is nothing to say"};
        ++lines_;
    }
    void handle_cast(close_room) { this_process::stop(); } // an orderly end
    int handle_call(lines) const { return lines_; }

private:
    int lines_ = 0;
};

inline registry<std::string, room> rooms{"rooms"};
inline constexpr server_name<dynamic_supervisor> the_rooms{"room_supervisor"};

/// The room of that name; it is started if there is none.
server_ref<room> open(const std::string& name) {
    if (const auto r = rooms.whereis(name); r.process())
        return r;
    const auto started =
        dynamic_supervisor::try_start_child(the_rooms, child<room>(rooms(name)).restart(transient));
    if (!started && started.error().code == errc::already_started) // another caller was faster
        return rooms.whereis(name);
    return started.value();
}

void await_end(pid process) {
    const monitor_ref watch = this_process::monitor(process);
    this_process::receive(when([&](const down& d) { return d.ref == watch; }, [](down) {}));
}

int main() {
    log::set_level(severity::off); // the crash is on purpose
    return application{{}, {child<dynamic_supervisor>(the_rooms, {.max_children = 1000})}}.run([] {
        open("lobby").cast(say{"hello"});
        open("lobby").cast(say{"and hello"}); // the same room
        std::cout << "lobby: " << rooms("lobby").call(lines{}) << " lines\n";

        const auto crashing = open("attic");
        crashing.cast(say{""});
        await_end(crashing);
        while (!rooms.whereis("attic").process()) // its supervisor starts it under the same key
            this_process::yield();
        std::cout << "attic: " << rooms("attic").call(lines{}) << " lines\n";

        const auto closing = open("lobby");
        closing.cast(close_room{});
        await_end(closing);
        std::cout << "rooms: " << rooms.count() << '\n';
    });
}
