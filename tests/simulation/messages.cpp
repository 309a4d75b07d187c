// SPDX-License-Identifier: BSL-1.0
#include "messages.hpp"

namespace simulation {

using namespace coppice;
using namespace std::chrono_literals;

void counted_message::explode() const {
    if (!this_process::self())
        return;
    switch (bomb_) {
    case 1:
        return this_process::yield();
    case 2:
        return this_process::sleep(1ms);
    default:
        the_world->rules.sends_itself(the_world->rules.life_of(this_process::self()));
        return this_process::self().send(more{});
    }
}

} // namespace simulation
