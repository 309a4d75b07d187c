// SPDX-License-Identifier: BSL-1.0
// A door with a code lock, driven by keys.
#include "../options.hpp"
#include "door.hpp"
#include <cctype>
#include <coppice/state_diagram.hpp>

namespace po = boost::program_options;
using namespace coppice;

namespace {

/// Waits before the door, for as long as it takes.
void visit() { door::the_door.try_call(door::come_in{}, infinity); }

/// Until `q`, or the end of the input.
void press_keys() {
    apps::keyboard keys;
    while (const auto k = keys.next())
        switch (*k) {
        case 'q':
            return;
        case 's':
            door::the_door.cast(door::pull_shut{});
            break;
        case 'v':
            spawn(visit);
            break;
        case 'k':
            door::the_door.cast(door::kick{});
            break;
        default:
            if (std::isdigit(static_cast<unsigned char>(*k)))
                door::the_door.cast(door::key{*k});
        }
}

int run(const door::settings& s) {
    // The door outlives the screen, and the other way round: what one of them loses the other does
    // not miss. A door that was kicked in comes back locked.
    return application{
        {.intensity = 10},
        {child<door::screen>(door::the_screen), child<gen_statem<door::lock>>(door::the_door, s)}}
        .run(press_keys);
}

} // namespace

int main(int count, char** arguments) {
    door::settings s;
    bool diagram = false;
    std::size_t open_for = 3000, blocked_for = 10000;
    return apps::with_options(
        count, arguments,
        "door [OPTION]...\nKeys: digits of the code, s shuts the door, v is a visitor who waits, k "
        "kicks it in, q ends",
        [&](auto add) {
            add("code", po::value(&s.code), "that opens it");
            add("open-for", po::value(&open_for), "milliseconds until it shuts");
            add("blocked-for", po::value(&blocked_for),
                "milliseconds without a try after three wrong codes");
            add("diagram", po::bool_switch(&diagram), "print the states as Mermaid, and end");
        },
        [&] {
            if (diagram) {
                std::cout << (state_diagram<door::lock, door::key, door::pull_shut, door::come_in,
                                            state_timeout>());
                return 0;
            }
            if (s.code.empty() || s.code.find_first_not_of("0123456789") != s.code.npos)
                throw std::runtime_error{"--code takes digits, not '" + s.code + "'"};
            s.open_for = std::chrono::milliseconds{open_for};
            s.blocked_for = std::chrono::milliseconds{blocked_for};
            return run(s);
        });
}
