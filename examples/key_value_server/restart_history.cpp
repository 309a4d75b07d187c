// SPDX-License-Identifier: BSL-1.0
#include "restart_history.hpp"
#include <algorithm>

namespace key_value {

using namespace coppice;

restart_history::restart_history()
    : reports_{log::subscribe(severity::info, [this](const log::record& r) {
          try {
              note(r);
          } catch (const std::bad_alloc&) {
              // It runs in the process that reports, which must not exit by it. Without memory the
              // event is left out.
          }
      })} {}

namespace {
std::string in_short(const exit_reason& why) {
    constexpr std::size_t longest = 300; // the reason may quote the text of a client
    std::string text = why.is_error() ? why.crash()->what : why.text();
    if (text.size() > longest)
        text.replace(longest, std::string::npos, "...");
    return text;
}
} // namespace

void restart_history::note(const log::record& r) {
    const std::lock_guard hold{lock_};
    if (const auto* s = r.get_if<child_started>()) {
        life& l = children_[s->child];
        ++l.starts;
        l.since = r.time;
        l.failed_starts = 0;
        running_[s->process] = r.time;
        if (running_.size() >= swept_at_)
            forget_dead_processes();
    } else if (const auto* t = r.get_if<child_terminated>()) {
        running_.erase(t->process);
        children_[t->child].last_end = in_short(t->reason);
    } else if (const auto* f = r.get_if<child_start_failed>()) {
        life& l = children_[f->child];
        ++l.failed_starts;
        l.last_failure = in_short(f->reason);
    }
}

// No process reports the orderly exit of a connection. Each sweep removes at least half of the
// entries, or doubles the room: so the cost of an entry does not grow with their number.
void restart_history::forget_dead_processes() {
    std::erase_if(running_, [](const auto& entry) { return !entry.first.alive(); });
    swept_at_ = std::max<std::size_t>(64, 2 * running_.size());
}

restart_history::life restart_history::of(const std::string& child) const {
    const std::lock_guard hold{lock_};
    const auto it = children_.find(child);
    return it == children_.end() ? life{} : it->second;
}

std::size_t restart_history::remembered() const {
    const std::lock_guard hold{lock_};
    return running_.size();
}

std::optional<restart_history::time_point> restart_history::started(pid process) const {
    const std::lock_guard hold{lock_};
    const auto it = running_.find(process);
    return it == running_.end() || !process.alive() ? std::nullopt : std::optional{it->second};
}

} // namespace key_value
