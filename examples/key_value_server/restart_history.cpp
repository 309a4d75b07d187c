// SPDX-License-Identifier: BSL-1.0
#include "chronicle.hpp"
#include <algorithm>

namespace key_value {

using namespace coppice;

chronicle::chronicle()
    : reports_{log::subscribe(severity::info, [this](const log::record& r) {
          try {
              note(r);
          } catch (const std::bad_alloc&) {
              // It runs in whichever process reports, and must not be the end of that one. What
              // there is no memory for is missing in the picture.
          }
      })} {}

namespace {
std::string in_short(const exit_reason& why) {
    constexpr std::size_t longest = 300; // it may quote what a client has sent
    std::string text = why.is_error() ? why.crash()->what : why.text();
    if (text.size() > longest)
        text.replace(longest, std::string::npos, "...");
    return text;
}
} // namespace

void chronicle::note(const log::record& r) {
    const std::lock_guard hold{lock_};
    if (const auto* s = r.get_if<child_started>()) {
        life& l = children_[s->child];
        ++l.starts;
        l.since = r.time;
        l.failed_starts = 0;
        running_[s->process] = r.time;
        if (running_.size() >= swept_at_)
            forget_the_dead();
    } else if (const auto* t = r.get_if<child_terminated>()) {
        running_.erase(t->process);
        children_[t->child].last_end = in_short(t->reason);
    } else if (const auto* f = r.get_if<child_start_failed>()) {
        life& l = children_[f->child];
        ++l.failed_starts;
        l.last_failure = in_short(f->reason);
    }
}

// No process reports the orderly end of a connection. Each sweep takes half of the entries at
// least, or doubles the room: so an entry costs the same however many there are.
void chronicle::forget_the_dead() {
    std::erase_if(running_, [](const auto& entry) { return !entry.first.alive(); });
    swept_at_ = std::max<std::size_t>(64, 2 * running_.size());
}

chronicle::life chronicle::of(const std::string& child) const {
    const std::lock_guard hold{lock_};
    const auto it = children_.find(child);
    return it == children_.end() ? life{} : it->second;
}

std::size_t chronicle::remembered() const {
    const std::lock_guard hold{lock_};
    return running_.size();
}

std::optional<chronicle::time_point> chronicle::started(pid process) const {
    const std::lock_guard hold{lock_};
    const auto it = running_.find(process);
    return it == running_.end() || !process.alive() ? std::nullopt : std::optional{it->second};
}

} // namespace key_value
