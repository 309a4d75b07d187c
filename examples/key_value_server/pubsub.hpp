// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <atomic>
#include <coppice.hpp>
#include <map>
#include <memory>
#include <set>

namespace key_value {

// --- what clients see ---

/// How much waits in the mailbox of one subscriber. pubsub adds to it, the subscriber takes off.
///
/// Units: bytes. Context: any thread.
class backlog {
public:
    /// Redis's hard limit for a client that is subscribed.
    static constexpr std::size_t most = 32 << 20;
    /// What a message costs beside its text.
    static constexpr std::size_t overhead = 128;

    /// False: that would be too much, and nothing was added.
    bool add(std::size_t text) noexcept;
    void take(std::size_t text) noexcept;
    /// The subscriber is given up. True the first time.
    bool give_up() noexcept { return !given_up_.exchange(true, std::memory_order_relaxed); }

private:
    // Relaxed: both are mere numbers. The messages themselves are handed over by the mailbox.
    std::atomic<std::size_t> bytes_{0};
    std::atomic<bool> given_up_{false};
};

/// Channels, and of each the number of the subscription. A connection gives each SUBSCRIBE a new
/// number, and recognises by it what was published for an earlier one.
using subscriptions = std::map<std::string, std::uint64_t, std::less<>>;

/// What is published, once for all who listen.
struct channel_message {
    std::string channel;
    std::string encoded; ///< channel and text, as they are written to each client
};
/// What a subscription names: one channel, or all whose names fit a pattern.
enum class topic : std::uint8_t { channel, pattern };

/// What a subscriber finds in its mailbox.
struct published {
    std::shared_ptr<const channel_message> what;
    std::uint64_t subscription = 0;
    std::string pattern = {}; ///< that the channel fits
    topic by = topic::channel;
};
struct subscribe {
    subscriptions channels;
    subscriptions patterns;
    coppice::pid who;
    std::shared_ptr<backlog> waiting;
    using reply = void;
};
/// When it is answered, all that was published for the subscription lies in the mailbox.
struct unsubscribe {
    topic what;
    std::string name;
    coppice::pid who;
    using reply = void;
};
/// How many were told.
struct publish {
    std::shared_ptr<const channel_message> what;
    using reply = std::int64_t;
};
/// The channels that have subscribers and fit a pattern.
struct active_channels {
    std::string pattern;
    using reply = std::vector<std::string>;
};
/// How many subscribers each channel has; those by patterns do not count.
struct count_subscribers {
    std::vector<std::string> channels;
    using reply = std::vector<std::int64_t>;
};
struct pubsub_counts {
    std::int64_t channels = 0, patterns = 0;
};
struct count_topics {
    using reply = pubsub_counts;
};
struct crash_pubsub {};

/// Who listens to which channel. Subscribers are forgotten when they end.
///
/// A subscriber that takes its messages more slowly than they come is ended when more than
/// `backlog::most` would wait for it: its messages must not fill the memory.
class pubsub {
public:
    void handle_call(subscribe s);
    void handle_call(unsubscribe s);
    std::int64_t handle_call(publish p) const;
    std::vector<std::string> handle_call(active_channels a) const;
    std::vector<std::int64_t> handle_call(count_subscribers c) const;
    pubsub_counts handle_call(count_topics) const;
    void handle_cast(crash_pubsub) { throw std::runtime_error{"CRASH pubsub"}; }
    void handle_info(coppice::down d);

private:
    struct listener {
        std::uint64_t subscription;
        std::shared_ptr<backlog> waiting;
    };
    using topics = std::map<std::string, std::map<coppice::pid, listener>, std::less<>>;

    topics channels_;
    topics patterns_;
    std::set<coppice::pid> watched_;
};

inline constexpr coppice::server_name<pubsub> the_pubsub{"pubsub"};

} // namespace key_value
