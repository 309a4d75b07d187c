// SPDX-License-Identifier: BSL-1.0
// OTP's door with a code lock, as a gen_statem: each state has its own data, its own handlers and
// its own timeout. Callers of `enter` wait until it opens.
#include <coppice.hpp>
#include <coppice/gen_statem.hpp>
#include <iostream>

using namespace coppice;
using namespace std::chrono_literals;

struct button {
    char digit;
};
struct knock {
    using reply = std::string;
};
struct enter { // answered when the door is open: how many are in
    using reply = int;
};

class door {
public:
    struct locked {
        std::string typed;
        using postpone = messages<enter>;
    };
    struct open {
        using ignore = messages<button>;
    };
    using states = std::variant<locked, open>; // the first is where it starts

    explicit door(std::string code) : code_{std::move(code)} {}

    next_state<open> handle_cast(locked& s, button b) {
        s.typed += b.digit;
        if (s.typed == code_)
            return open{};
        if (s.typed.size() >= code_.size())
            s.typed.clear();
        return keep_state;
    }
    std::string handle_call(const locked&, knock) { return "locked"; }

    void handle_enter(open&) { this_state::timeout(500ms); }
    locked handle_info(open&, state_timeout) { return {}; }
    std::string handle_call(const open&, knock) { return "come in"; }
    int handle_call(const open&, enter) { return ++inside_; }

private:
    std::string code_; // the same in all states
    int inside_ = 0;
};
inline constexpr server_name<gen_statem<door>> the_door{"door"};

int main() {
    return application{{}, {child<gen_statem<door>>(the_door, "42")}}.run([] {
        std::cout << the_door.call(knock{}) << '\n';
        auto inside = the_door.send_request(enter{}); // postponed
        for (const char digit : {'1', '2', '4', '2'}) // the first two are forgotten
            the_door.cast(button{digit});
        std::cout << "inside: " << inside.get() << '\n';
        std::cout << the_door.call(knock{}) << '\n';
        while (the_door.call(knock{}) != "locked")
            this_process::sleep(10ms);
        std::cout << "locked again\n";
    });
}
