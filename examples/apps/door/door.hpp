// SPDX-License-Identifier: BSL-1.0
#pragma once
#include "screen.hpp"
#include <coppice/gen_statem.hpp>

namespace door {

using namespace std::chrono_literals;

struct key {
    char digit;
};
struct pull_shut {};
struct come_in { ///< answered when the door is open: how many have come in
    using reply = int;
};
struct kick {};

struct settings {
    std::string code = "1234";
    std::chrono::milliseconds open_for = 3s, blocked_for = 10s;
    int tries = 3;
};

/// A door with a code lock. It shuts by itself, and takes no code for a while after too many wrong
/// ones.
class lock {
public:
    struct locked {
        std::string typed;
        int wrong = 0; ///< codes, since it was locked
        using postpone = coppice::messages<come_in>;
        using ignore = coppice::messages<pull_shut>;
    };
    struct open {
        using ignore = coppice::messages<key>;
    };
    struct blocked {
        using postpone = coppice::messages<come_in>;
        using ignore = coppice::messages<key, pull_shut>;
    };
    using states = std::variant<locked, open, blocked>;

    explicit lock(settings s) : settings_{std::move(s)} {}

    void handle_enter(locked&) { show("locked"); }
    coppice::next_state<open, blocked> handle_cast(locked& s, key k) {
        s.typed += k.digit;
        show("locked " + std::string(s.typed.size(), '*'));
        if (s.typed.size() < settings_.code.size())
            return coppice::keep_state;
        if (s.typed == settings_.code)
            return open{};
        s.typed.clear();
        if (++s.wrong == settings_.tries)
            return blocked{};
        show("wrong code, " + std::to_string(settings_.tries - s.wrong) + " more");
        return coppice::keep_state;
    }

    void handle_enter(open&) {
        show("open");
        coppice::this_state::timeout(settings_.open_for);
    }
    locked handle_info(open&, coppice::state_timeout) { return {}; }
    locked handle_cast(open&, pull_shut) { return {}; }
    int handle_call(const open&, come_in) {
        show("open, " + std::to_string(++inside_) + " inside");
        return inside_;
    }

    void handle_enter(blocked&) {
        show("ALARM: too many wrong codes");
        coppice::this_state::timeout(settings_.blocked_for);
    }
    locked handle_info(blocked&, coppice::state_timeout) { return {}; }

    void handle_cast(kick) { throw std::runtime_error{"the door was kicked in"}; } // in all states

private:
    void show(std::string text) { the_screen.cast(draw{std::move(text)}); }

    settings settings_;
    int inside_ = 0;
};

inline constexpr coppice::server_name<coppice::gen_statem<lock>> the_door{"door"};

} // namespace door
