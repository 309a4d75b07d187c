// SPDX-License-Identifier: BSL-1.0
#include "pubsub.hpp"
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
    if (watched_.insert(s.who).second)
        (void)this_process::monitor(s.who); // one `down` is enough, whatever its channels
    for (const auto& [channel, number] : s.channels)
        channels_[channel].insert_or_assign(s.who, listener{number, s.waiting});
}

void pubsub::handle_call(unsubscribe s) {
    const auto it = channels_.find(s.channel);
    if (it == channels_.end())
        return;
    it->second.erase(s.who);
    if (it->second.empty())
        channels_.erase(it);
}

namespace {
void disconnect(pid who, backlog& waiting) {
    if (!waiting.give_up())
        return; // its `down` is on the way
    log::warning("the subscriber {} takes its messages too slowly: {} MB wait for it, so it is "
                 "disconnected",
                 who, backlog::most >> 20);
    who.exit(exit_reason::tagged("shutdown", exit_reason{"slow_subscriber"}));
}
} // namespace

std::int64_t pubsub::handle_call(publish p) const {
    const auto it = channels_.find(p.what->channel);
    if (it == channels_.end())
        return 0;
    std::int64_t told = 0;
    for (const auto& [who, to] : it->second) {
        if (!to.waiting->add(p.what->encoded.size())) {
            disconnect(who, *to.waiting);
            continue;
        }
        who.send(published{p.what, to.subscription});
        ++told;
    }
    return told;
}

void pubsub::handle_info(down d) {
    watched_.erase(d.process);
    for (auto& [channel, listeners] : channels_)
        listeners.erase(d.process);
    std::erase_if(channels_, [](const auto& c) { return c.second.empty(); });
}

} // namespace key_value
