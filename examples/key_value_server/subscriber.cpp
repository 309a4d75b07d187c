// SPDX-License-Identifier: BSL-1.0
#include "subscriber.hpp"

namespace key_value {

using namespace coppice;
using namespace std::chrono_literals;

namespace {
constexpr auto retry_period = 5ms;
} // namespace

void subscriber::join(const std::string& channel) {
    const auto [it, is_new] = channels_.try_emplace(channel, last_number_ + 1);
    if (!is_new)
        return;
    ++last_number_;
    tell({*it});
}

void subscriber::leave(const std::string& channel) {
    channels_.erase(channel);
    // One that has just ended knows nothing any more, and its successor is not told of this channel.
    (void)the_pubsub.try_call(unsubscribe{channel, this_process::self()}, infinity);
}

void subscriber::pubsub_ended(const down& d) {
    if (d.ref == watch_ && listens())
        tell({});
}

void subscriber::tell(const subscriptions& some) {
    for (;;) {
        const auto server = the_pubsub.whereis();
        const bool is_new = server.process() != pubsub_;
        const auto told = server.try_call(
            subscribe{is_new ? channels_ : some, this_process::self(), waiting_}, infinity);
        if (told && is_new) {
            pubsub_ = server.process();
            watch_ = this_process::monitor(pubsub_);
        }
        if (told)
            return;
        this_process::sleep(retry_period);
    }
}

bool subscriber::wants(const published& p) const {
    const auto it = channels_.find(p.what->channel);
    return it != channels_.end() && it->second == p.subscription;
}

} // namespace key_value
