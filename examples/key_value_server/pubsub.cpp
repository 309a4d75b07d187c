// SPDX-License-Identifier: BSL-1.0
#include "pubsub.hpp"
#include "keyspace.hpp"
#include <coppice/log.hpp>

namespace key_value {

using namespace coppice;

bool backlog::add(std::size_t text) noexcept {
    const std::size_t more = text + overhead;
    if (bytes_.fetch_add(more, std::memory_order_relaxed) + more <= most)
        return true;
    bytes_.fetch_sub(more, std::memory_order_relaxed);
    return false;
}

void backlog::take(std::size_t text) noexcept {
    bytes_.fetch_sub(text + overhead, std::memory_order_relaxed);
}

void pubsub::handle_call(subscribe s) {
    if (watched_.insert(s.subscriber).second)
        (void)this_process::monitor(s.subscriber); // one `down` is enough, whatever its channels
    for (const auto& [channel, number] : s.channels)
        channels_[channel].insert_or_assign(s.subscriber, listener{number, s.waiting});
    for (const auto& [pattern, number] : s.patterns)
        patterns_[pattern].insert_or_assign(s.subscriber, listener{number, s.waiting});
}

void pubsub::handle_call(unsubscribe s) {
    topics& all = s.what == topic::channel ? channels_ : patterns_;
    const auto it = all.find(s.name);
    if (it == all.end())
        return;
    it->second.erase(s.subscriber);
    if (it->second.empty())
        all.erase(it);
}

namespace {
void disconnect(pid subscriber, backlog& waiting) {
    if (!waiting.give_up())
        return; // its `down` is on its way
    log::warning("the subscriber {} takes its messages too slowly: {} MB wait for it, so it is "
                 "disconnected",
                 subscriber, backlog::most >> 20);
    subscriber.exit(exit_reason::tagged("shutdown", exit_reason{"slow_subscriber"}));
}
} // namespace

std::int64_t pubsub::handle_call(publish p) const {
    std::int64_t told = 0;
    const auto tell = [&](const auto& listeners, const std::string& pattern, topic by) {
        for (const auto& [subscriber, to] : listeners) {
            if (!to.waiting->add(p.what->encoded.size())) {
                disconnect(subscriber, *to.waiting);
                continue;
            }
            subscriber.send(published{p.what, to.subscription, pattern, by});
            ++told;
        }
    };
    if (const auto it = channels_.find(p.what->channel); it != channels_.end())
        tell(it->second, {}, topic::channel);
    for (const auto& [pattern, listeners] : patterns_)
        if (matches(pattern, p.what->channel))
            tell(listeners, pattern, topic::pattern);
    return told;
}

std::vector<std::string> pubsub::handle_call(active_channels a) const {
    std::vector<std::string> found;
    for (const auto& [channel, listeners] : channels_)
        if (matches(a.pattern, channel))
            found.push_back(channel);
    return found;
}

std::vector<std::int64_t> pubsub::handle_call(count_subscribers c) const {
    std::vector<std::int64_t> counts;
    for (const std::string& channel : c.channels) {
        const auto it = channels_.find(channel);
        counts.push_back(it == channels_.end() ? 0 : static_cast<std::int64_t>(it->second.size()));
    }
    return counts;
}

pubsub_counts pubsub::handle_call(count_topics) const {
    return {static_cast<std::int64_t>(channels_.size()),
            static_cast<std::int64_t>(patterns_.size())};
}

void pubsub::handle_info(down d) {
    watched_.erase(d.process);
    for (topics* all : {&channels_, &patterns_}) {
        for (auto& [name, listeners] : *all)
            listeners.erase(d.process);
        std::erase_if(*all, [](const auto& t) { return t.second.empty(); });
    }
}

} // namespace key_value
