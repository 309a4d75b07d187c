// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <coppice.hpp>
#include <deque>
#include <map>
#include <string>
#include <vector>

namespace chat {

// --- what sessions are told ---

struct line {
    std::string from, text;
};
struct came {
    std::string name;
};
struct went {
    std::string name;
};

/// The sessions of each room, with their names: by it a room reaches them. An entry goes with its
/// process.
inline coppice::duplicate_registry<std::string, coppice::pid, std::string> members{"members"};

// --- what was said ---

struct keep {
    std::string room;
    line what;
};
struct last_lines {
    std::string room;
    using reply = std::vector<line>;
};

/// The last lines of each room. Apart from the rooms: a room that crashes has lost nothing.
class history {
public:
    static constexpr std::size_t kept = 20;

    void handle_cast(keep k) {
        std::deque<line>& of = lines_[k.room];
        of.push_back(std::move(k.what));
        if (of.size() > kept)
            of.pop_front();
    }
    std::vector<line> handle_call(const last_lines& l) const {
        const auto found = lines_.find(l.room);
        return found == lines_.end()
                   ? last_lines::reply{}
                   : last_lines::reply{found->second.begin(), found->second.end()};
    }

private:
    std::map<std::string, std::deque<line>> lines_;
};
inline constexpr coppice::server_name<history> the_history{"history"};

// --- the rooms ---

struct enter {
    coppice::pid session;
    std::string name;
    using reply = std::vector<line>; ///< the last lines
};
struct say {
    std::string from, text;
};

/// Puts what is said in one order, and tells who comes and goes. The text `/crash` ends it by an
/// exception.
class room {
public:
    explicit room(std::string name) : name_{std::move(name)} {}

    std::vector<line> handle_call(const enter& e);
    void handle_cast(say s);
    void handle_info(const coppice::down& d);

private:
    template <class M>
    void tell(const M& m) const;

    std::string name_;
    std::map<coppice::pid, std::string> inside_; // by their sessions
};
inline coppice::registry<std::string, room> rooms{"rooms"};
inline constexpr coppice::server_name<coppice::dynamic_supervisor> the_rooms{"rooms"};

/// The room of that name; it is started if there is none.
///
/// Errors: as `dynamic_supervisor::try_start_child`.
/// Context: a process; suspends.
coppice::result<coppice::server_ref<room>> open_room(const std::string& name);

} // namespace chat
