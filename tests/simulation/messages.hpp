// SPDX-License-Identifier: BSL-1.0
#pragma once
#include "actors.hpp"
#include <coppice/this_process.hpp>
#include <utility>

// What the actors send. Each message has a number, by which the model knows it.
namespace simulation {

class parcel {
public:
    parcel(int number, int bomb) noexcept : number_{number}, bomb_{bomb} {}
    parcel(parcel&& o) noexcept : number_{std::exchange(o.number_, 0)}, bomb_{o.bomb_} {}
    parcel& operator=(parcel&&) = delete;
    ~parcel() {
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

struct letter { // by pid
    parcel in;
};
struct task { // a cast
    parcel in;
};
struct answer {
    int number;
};
struct ask {
    parcel in;
    using reply = answer;
};
struct ask_later {
    parcel in;
    using reply = answer;
};
struct more {};

} // namespace simulation
