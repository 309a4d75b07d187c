// SPDX-License-Identifier: BSL-1.0
#include "pubsub.hpp"

namespace key_value {

using namespace coppice;

void pubsub::handle_call(subscribe s) {
    if (watched_.insert(s.who).second)
        (void)this_process::monitor(s.who); // one `down` is enough, whatever its channels
    channels_[std::move(s.channel)].insert(s.who);
}

void pubsub::handle_call(unsubscribe s) {
    const auto it = channels_.find(s.channel);
    if (it == channels_.end())
        return;
    it->second.erase(s.who);
    if (it->second.empty())
        channels_.erase(it);
}

std::int64_t pubsub::handle_call(publish p) const {
    const auto it = channels_.find(p.what.channel);
    if (it == channels_.end())
        return 0;
    for (const pid who : it->second)
        who.send(published{p.what});
    return static_cast<std::int64_t>(it->second.size());
}

void pubsub::handle_info(down d) {
    watched_.erase(d.process);
    for (auto& [channel, listeners] : channels_)
        listeners.erase(d.process);
    std::erase_if(channels_, [](const auto& c) { return c.second.empty(); });
}

} // namespace key_value
