// SPDX-License-Identifier: BSL-1.0
#include "subscriber.hpp"

namespace key_value {

using namespace coppice;
using namespace std::chrono_literals;

namespace {
constexpr auto retry_period = 5ms;
} // namespace

void subscriber::join(topic what, const std::string& name) {
    const auto [it, is_new] = all(what).try_emplace(name, last_number_ + 1);
    if (!is_new)
        return;
    ++last_number_;
    what == topic::channel ? tell({*it}, {}) : tell({}, {*it});
}

void subscriber::leave(topic what, const std::string& name) {
    all(what).erase(name);
    // A pubsub that has just exited has no state, and its successor is not told of this channel.
    (void)the_pubsub.try_call(unsubscribe{what, name, this_process::self()}, infinity);
}

void subscriber::pubsub_ended(const down& d) {
    if (d.ref == watch_ && listens())
        tell({}, {});
}

void subscriber::tell(const subscriptions& some_channels, const subscriptions& some_patterns) {
    for (;;) {
        const auto server = the_pubsub.whereis();
        const bool is_new = server.process() != pubsub_;
        const auto told = server.try_call(subscribe{is_new ? channels_ : some_channels,
                                                    is_new ? patterns_ : some_patterns,
                                                    this_process::self(), waiting_},
                                          infinity);
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
    const subscriptions& in = p.by == topic::channel ? channels_ : patterns_;
    const auto it = in.find(p.by == topic::channel ? p.what->channel : p.pattern);
    return it != in.end() && it->second == p.subscription;
}

} // namespace key_value
