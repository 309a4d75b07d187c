// SPDX-License-Identifier: BSL-1.0
// OTP's door with a code lock: the state is a variant, and a timeout belongs to the state that set
// it. A note that comes too late, for a door that was opened again meanwhile, names an older
// opening.
#include <coppice.hpp>
#include <iostream>
#include <variant>

using namespace coppice;
using namespace std::chrono_literals;

struct button {
    char digit;
};
struct knock {
    using reply = std::string;
};
struct wait_until_locked { // answered when the door has closed
    using reply = void;
};
struct time_is_up { // to itself
    int opening;
};

class door {
public:
    explicit door(std::string code) : code_{std::move(code)} {}

    void handle_cast(button b) {
        auto* s = std::get_if<locked>(&state_);
        if (!s)
            return; // it is open already
        s->typed += b.digit;
        if (s->typed == code_)
            open_up();
        else if (s->typed.size() >= code_.size())
            s->typed.clear();
    }
    std::string handle_call(knock) const {
        return std::holds_alternative<open>(state_) ? "come in" : "locked";
    }
    void handle_call(wait_until_locked, from<void> client) {
        waiting_.push_back(std::move(client));
    }
    void handle_info(time_is_up t) {
        if (const auto* s = std::get_if<open>(&state_); !s || s->opening != t.opening)
            return;
        state_ = locked{};
        for (auto& client : waiting_)
            client.reply();
        waiting_.clear();
    }

private:
    struct locked {
        std::string typed;
    };
    struct open {
        int opening;
    };
    void open_up() {
        state_ = open{++openings_};
        this_process::self(this).send_after(10ms, time_is_up{openings_});
    }

    std::string code_;
    std::variant<locked, open> state_;
    int openings_ = 0;
    std::vector<from<void>> waiting_;
};
inline constexpr server_name<door> the_door{"door"};

int main() {
    return application{{}, {child<door>(the_door, "42")}}.run([] {
        std::cout << the_door.call(knock{}) << '\n';
        for (const char digit : {'1', '2', '4', '2'}) // the first two are forgotten
            the_door.cast(button{digit});
        auto closed = the_door.send_request(wait_until_locked{});
        std::cout << the_door.call(knock{}) << '\n';
        closed.get();
        std::cout << the_door.call(knock{}) << '\n';
    });
}
