// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <atomic>
#include <coppice.hpp>
#include <map>
#include <memory>
#include <set>

namespace key_value {

// --- the interface for clients ---

/// The bytes that wait in the mailbox of one subscriber. pubsub adds to it, the subscriber
/// subtracts.
///
/// Units: bytes. Context: any thread.
class backlog {
public:
    /// Redis's hard limit for a client that is subscribed.
    static constexpr std::size_t most = 32 << 20;
    /// The cost of a message beside its text.
    static constexpr std::size_t overhead = 128;

    /// False: that would be too much, and nothing was added.
    bool add(std::size_t text) noexcept;
    void take(std::size_t text) noexcept;
    /// Marks the subscriber as too slow. True the first time.
    bool give_up() noexcept { return !given_up_.exchange(true, std::memory_order_relaxed); }

private:
    // Relaxed: both are only numbers. The mailbox orders the messages themselves.
    std::atomic<std::size_t> bytes_{0};
    std::atomic<bool> given_up_{false};
};

/// Channels, each with the number of its subscription. A connection gives each SUBSCRIBE a new
/// number, and so recognises messages that were published for an earlier subscription.
using subscriptions = std::map<std::string, std::uint64_t, std::less<>>;

/// A published message, one object for all subscribers.
struct channel_message {
    std::string channel;
    std::string encoded; ///< channel and text, as they are written to each client
};
/// What a subscription names: one channel, or all whose names fit a pattern.
enum class topic : std::uint8_t { channel, pattern };

/// A message for a subscriber, in its mailbox.
struct published {
    std::shared_ptr<const channel_message> what;
    std::uint64_t subscription = 0;
    std::string pattern = {}; ///< that the channel fits
    topic by = topic::channel;
};
struct subscribe {
    subscriptions channels;
    subscriptions patterns;
    coppice::pid subscriber;
    std::shared_ptr<backlog> waiting;
    using reply = void;
};
/// After the answer, all messages for the subscription are in the subscriber's mailbox.
struct unsubscribe {
    topic what;
    std::string name;
    coppice::pid subscriber;
    using reply = void;
};
/// Answers the number of subscribers that it was sent to.
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

/// The subscribers of each channel. Subscribers are forgotten when they exit.
///
/// A subscriber that is too slow is ended when more than `backlog::most` bytes would wait for it:
/// its messages must not fill the memory.
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
