// SPDX-License-Identifier: BSL-1.0
#include "chronicle.hpp"

namespace key_value {

using namespace coppice;

chronicle::chronicle()
    : reports_{log::subscribe(severity::info, [this](const log::record& r) { note(r); })} {}

void chronicle::note(const log::record& r) {
    if (const auto* s = r.get_if<child_started>()) {
        const std::lock_guard hold{lock_};
        life& l = children_[s->child];
        ++l.starts;
        l.since = r.time;
        running_[s->process] = r.time;
    } else if (const auto* t = r.get_if<child_terminated>()) {
        const std::lock_guard hold{lock_};
        running_.erase(t->process);
        children_[t->child].last_end =
            t->reason.is_error() ? t->reason.crash()->what : t->reason.text();
    }
}

chronicle::life chronicle::of(const std::string& child) const {
    const std::lock_guard hold{lock_};
    const auto it = children_.find(child);
    return it == children_.end() ? life{} : it->second;
}

std::optional<chronicle::time_point> chronicle::started(pid process) const {
    const std::lock_guard hold{lock_};
    const auto it = running_.find(process);
    return it == running_.end() ? std::nullopt : std::optional{it->second};
}

} // namespace key_value
