// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <coppice.hpp>
#include <map>
#include <set>

namespace key_value {

// --- what clients see ---

/// What a subscriber finds in its mailbox.
struct published {
    std::string channel;
    std::string text;
};
struct subscribe {
    std::string channel;
    coppice::pid who;
    using reply = void;
};
struct unsubscribe {
    std::string channel;
    coppice::pid who;
    using reply = void;
};
/// How many were told.
struct publish {
    published what;
    using reply = std::int64_t;
};
struct crash_pubsub {};

/// Who listens to which channel. Subscribers are forgotten when they end.
class pubsub {
public:
    void handle_call(subscribe s);
    void handle_call(unsubscribe s);
    std::int64_t handle_call(publish p) const;
    void handle_cast(crash_pubsub) { throw std::runtime_error{"CRASH pubsub"}; }
    void handle_info(coppice::down d);

private:
    std::map<std::string, std::set<coppice::pid>, std::less<>> channels_;
    std::set<coppice::pid> watched_;
};

inline constexpr coppice::server_name<pubsub> the_pubsub{"pubsub"};

} // namespace key_value
