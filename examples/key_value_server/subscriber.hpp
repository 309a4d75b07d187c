// SPDX-License-Identifier: BSL-1.0
#pragma once
#include "pubsub.hpp"

namespace key_value {

/// A connection's side of pubsub: the channels that it listens to, whichever process pubsub is.
///
/// A pubsub that crashed comes back empty. So whenever it is found to be another process than
/// before, it is told of all channels at once, not only of the one that is asked for.
///
/// Context: the connection's process; `join`, `leave` and `pubsub_ended` suspend it.
class subscriber {
public:
    const subscriptions& channels() const { return channels_; }
    const subscriptions& patterns() const { return patterns_; }
    bool listens() const { return !channels_.empty() || !patterns_.empty(); }

    /// Returns when pubsub knows of it, however often pubsub crashes meanwhile.
    void join(topic what, const std::string& name);
    /// Nothing that was published for it is wanted afterwards.
    void leave(topic what, const std::string& name);
    /// To be called with each `down`.
    void pubsub_ended(const coppice::down& d);

    /// A message was taken out of the mailbox. False: its channel was left meanwhile.
    bool wants(const published& p) const;
    /// It was written, or thrown away: others may wait in its place.
    void done_with(const published& p) { waiting_->take(p.what->encoded.size()); }

private:
    subscriptions& all(topic what) { return what == topic::channel ? channels_ : patterns_; }
    void tell(const subscriptions& some_channels, const subscriptions& some_patterns);

    subscriptions channels_;
    subscriptions patterns_;
    std::uint64_t last_number_ = 0;
    std::shared_ptr<backlog> waiting_ = std::make_shared<backlog>();
    coppice::pid pubsub_; // that knows of all channels
    coppice::monitor_ref watch_;
};

} // namespace key_value
