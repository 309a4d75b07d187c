// SPDX-License-Identifier: BSL-1.0
#pragma once
#include "../terminal.hpp"
#include <coppice.hpp>
#include <cstdio>

namespace door {

struct draw {
    std::string text;
};

/// One line of a terminal that says how the door stands; a line for each change in a pipe.
class screen {
public:
    screen() = default;
    screen(const screen&) = delete;
    screen& operator=(const screen&) = delete;
    ~screen() {
        if (apps::draws())
            std::puts("");
    }
    void handle_cast(const draw& d) {
        std::printf(apps::draws() ? "\r\033[Kdoor: %s" : "door: %s\n", d.text.c_str());
        std::fflush(stdout);
    }
};

inline constexpr coppice::server_name<screen> the_screen{"screen"};

} // namespace door
