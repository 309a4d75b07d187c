// SPDX-License-Identifier: BSL-1.0
// A chat: a process for each user, found by a key; rooms as groups of processes; and a door keeper
// that is told who comes and goes.
#include <coppice.hpp>
#include <coppice/pg.hpp>
#include <iostream>

using namespace coppice;
using namespace std::chrono_literals;

// --- the interface for clients ---

struct say {
    std::string room, text;
};
struct enter {
    std::string room;
    using reply = std::size_t; // how many are there
};
struct said {
    std::string user, text;
};
struct unread {
    using reply = std::vector<std::string>;
};

class session;
struct presence {
    int sent = 0;
};
/// The users that are logged in, and how much each has said.
inline registry<std::string, session, presence> sessions{"sessions"};
inline pg<std::string, protocol<said>> rooms{"rooms"};

// --- the processes ---

class session {
public:
    explicit session(std::string user) : user_{std::move(user)} {}

    std::size_t handle_call(const enter& e) {
        rooms.join(e.room, this_process::self(this));
        return rooms.get_members(e.room).size();
    }
    void handle_cast(const say& s) {
        rooms.cast(s.room, said{user_, s.text});
        sessions.update_value(user_, [](presence p) { return presence{p.sent + 1}; });
    }
    void handle_cast(const said& s) { unread_.push_back(s.user + ": " + s.text); }
    std::vector<std::string> handle_call(unread) { return std::exchange(unread_, {}); }

private:
    std::string user_;
    std::vector<std::string> unread_;
};

struct visitors {
    using reply = std::vector<std::string>;
};
class door_keeper {
public:
    door_keeper() { rooms.monitor("lobby", this_process::self(this)); }
    void handle_info(const pg_joined<std::string>& j) { note("into", j.group, j.processes.size()); }
    void handle_info(const pg_left<std::string>& l) { note("out of", l.group, l.processes.size()); }
    std::vector<std::string> handle_call(visitors) const { return notes_; }

private:
    void note(const char* way, const std::string& room, std::size_t n) {
        notes_.push_back(std::to_string(n) + ' ' + way + " the " + room);
    }
    std::vector<std::string> notes_;
};

inline constexpr server_name<dynamic_supervisor> the_sessions{"session_supervisor"};
inline constexpr server_name<door_keeper> the_door_keeper{"door_keeper"};

namespace {

/// A session that crashes is a user who is logged out.
result<server_ref<session>> log_in(const std::string& user) {
    return dynamic_supervisor::try_start_child(
        the_sessions, child<session>(sessions(user), user).restart(temporary));
}

} // namespace

int main() {
    return application{
        {}, {child<dynamic_supervisor>(the_sessions), child<door_keeper>(the_door_keeper)}}
        .run([] {
            for (const char* user : {"ann", "bob", "eve"})
                log_in(user).value();
            std::cout << "ann once more: " << to_string(log_in("ann").error().code) << '\n';

            for (const char* user : {"ann", "bob", "eve"})
                std::cout << user << " is number " << sessions(user).call(enter{"lobby"})
                          << " in the lobby\n";

            sessions("ann").cast(say{"lobby", "hello"});
            sessions("ann").call(unread{}); // ann has said it
            for (const std::string& line : sessions("bob").call(unread{}))
                std::cout << "bob reads " << line << '\n';
            std::cout << "ann has said " << sessions.lookup("ann")->value.sent << " things\n";

            sessions("eve").stop();
            std::cout << "eve is " << (sessions.whereis("eve").process() ? "here" : "gone")
                      << ", the lobby has " << rooms.get_members("lobby").size() << " members\n";
            for (const std::string& line : the_door_keeper.call(visitors{}))
                std::cout << "door keeper: " << line << '\n';
        });
}
