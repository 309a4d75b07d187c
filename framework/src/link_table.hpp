// SPDX-License-Identifier: BSL-1.0
#pragma once
#include "small_map.hpp"
#include <coppice/pid.hpp>

namespace coppice::detail {

struct link_state {
    bool active = false;
    std::uint32_t unacknowledged = 0; // unlinks of ours
};

/// Whom a process is linked with.
///
/// An unlink must leave no stray exit behind, though link and unlink signals of both sides may
/// cross. So the side that unlinks keeps the entry, inactive, until the other has acknowledged; and
/// an unlink that arrives while our own is not acknowledged yet was sent before the other saw it,
/// concerns the old link, and is ignored.
///
/// Source: Erlang, "Signals", the link protocol since OTP 23.
class link_table {
public:
    /// Linked from now on. True when it was not before: the other side must be told.
    bool link(pid other) { return !std::exchange(entries_.get(other).active, true); }
    /// No longer linked. True when it was: the other side must be told, and will acknowledge.
    bool unlink(pid other) {
        link_state* e = entries_.find(other);
        if (!e || !e->active)
            return false;
        e->active = false;
        ++e->unacknowledged;
        return true;
    }
    void on_link(pid other) { entries_.get(other).active = true; }
    void on_unlink(pid other) {
        if (link_state* e = entries_.find(other); e && e->unacknowledged == 0)
            entries_.erase(other);
    }
    void on_acknowledge(pid other) {
        if (link_state* e = entries_.find(other); e && --e->unacknowledged == 0 && !e->active)
            entries_.erase(other);
    }
    /// The other has ended. True when we were linked.
    bool on_exit(pid other) {
        link_state* e = entries_.find(other);
        const bool linked = e && e->active;
        if (e)
            entries_.erase(other);
        return linked;
    }
    bool contains(pid other) {
        link_state* e = entries_.find(other);
        return e && e->active;
    }
    template <class F>
    void for_each(F f) const {
        entries_.for_each([&](pid other, const link_state& e) {
            if (e.active)
                f(other);
        });
    }

private:
    small_map<pid, link_state> entries_;
};

} // namespace coppice::detail
