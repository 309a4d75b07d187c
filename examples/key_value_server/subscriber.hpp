// SPDX-License-Identifier: BSL-1.0
#pragma once
#include "pubsub.hpp"

namespace key_value {

/// A connection's side of pubsub: its channels, across restarts of pubsub.
///
/// A restarted pubsub is empty. So whenever pubsub is another process than before, the connection
/// subscribes to all its channels again, not only to the requested one.
///
/// Context: the connection's process; `join`, `leave` and `pubsub_ended` suspend it.
class subscriber {
public:
    const subscriptions& channels() const { return channels_; }
    const subscriptions& patterns() const { return patterns_; }
    bool listens() const { return !channels_.empty() || !patterns_.empty(); }

    /// Returns when pubsub has the subscription, however often pubsub crashes meanwhile.
    void join(topic what, const std::string& name);
    /// Messages for the channel are dropped afterwards.
    void leave(topic what, const std::string& name);
    /// To be called with each `down`.
    void pubsub_ended(const coppice::down& d);

    /// To be called with each message. False: its channel was left meanwhile.
    bool wants(const published& p) const;
    /// To be called when a message was written or dropped: it no longer counts as waiting.
    void done_with(const published& p) { waiting_->take(p.what->encoded.size()); }

private:
    subscriptions& all(topic what) { return what == topic::channel ? channels_ : patterns_; }
    void tell(const subscriptions& some_channels, const subscriptions& some_patterns);

    subscriptions channels_;
    subscriptions patterns_;
    std::uint64_t last_number_ = 0;
    std::shared_ptr<backlog> waiting_ = std::make_shared<backlog>();
    coppice::pid pubsub_; // the process that has all the channels
    coppice::monitor_ref watch_;
};

} // namespace key_value
