// SPDX-License-Identifier: BSL-1.0
#pragma once
#include "actors.hpp"
#include <coppice/this_process.hpp>
#include <utility>

// The messages of the actors. Each has a number, by which the model knows it.
namespace simulation {

class counted_message {
public:
    counted_message(int number, int bomb) noexcept : number_{number}, bomb_{bomb} {}
    counted_message(counted_message&& o) noexcept
        : number_{std::exchange(o.number_, 0)}, bomb_{o.bomb_} {}
    counted_message& operator=(counted_message&&) = delete;
    ~counted_message() {
        if (number_ == 0)
            return;
        the_world->rules.dies(number_);
        if (bomb_ && !handled_)
            explode();
        the_world->rules.destroyed(number_);
    }
    int number() const { return number_; }
    void handled_by(model::life_id l) {
        handled_ = true;
        the_world->rules.handled(l, number_, coppice::this_process::now());
    }

private:
    void explode() const;
    int number_, bomb_;
    bool handled_ = false;
};

struct pid_message { // by pid
    counted_message in;
};
struct task { // a cast
    counted_message in;
};
struct answer {
    int number;
};
struct ask {
    counted_message in;
    using reply = answer;
};
struct ask_later {
    counted_message in;
    using reply = answer;
};
struct more {};

} // namespace simulation
