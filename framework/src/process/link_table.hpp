// SPDX-License-Identifier: BSL-1.0
#pragma once
#include "memory/small_map.hpp"
#include <coppice/pid.hpp>

namespace coppice::detail {

struct link_state {
    std::uint32_t unacknowledged = 0; // unlinks of ours that are under way
    std::uint32_t crossed : 31 = 0;   // of those: that met an unlink of the other side
    std::uint32_t active : 1 = false;

    /// An unlink of ours is under way, and the other side has not unlinked by itself.
    bool unlinking() const noexcept { return unacknowledged > crossed; }
};

/// The processes with which a process is linked.
///
/// An unlink must leave no stray exit behind, and both sides must agree in the end, though link and
/// unlink signals of both may cross. So the side that unlinks keeps the entry until the other has
/// acknowledged. What arrives before that was sent before the other saw our unlink:
/// - a link goes with the old one: the other side drops it when it sees our unlink: it is ignored;
/// - an unlink has crossed ours. Both sides see that, and both go on as if neither unlink were
///   under way: links behind them are new ones.
///
/// Source: Erlang, "Signals", the link protocol since OTP 23; there, too, a link that arrives while
/// unlinking is ignored.
class link_table {
public:
    /// Linked from now on. True when it was not before: the other side must be told.
    bool link(pid other) {
        link_state& e = entries_.get(other);
        const bool before = e.active;
        e.active = true;
        return !before;
    }
    /// No longer linked. True when it was: the other side must be told, and will acknowledge.
    bool unlink(pid other) {
        link_state* e = entries_.find(other);
        if (!e || !e->active)
            return false;
        e->active = false;
        ++e->unacknowledged;
        return true;
    }
    void on_link(pid other) {
        if (link_state& e = entries_.get(other); !e.unlinking())
            e.active = true;
    }
    void on_unlink(pid other) {
        link_state* e = entries_.find(other);
        if (!e)
            return;
        if (e->unlinking()) {
            ++e->crossed;
            return;
        }
        e->active = false;
        forget_if_done(other, *e);
    }
    void on_acknowledge(pid other) {
        link_state* e = entries_.find(other);
        if (!e || e->unacknowledged == 0)
            return; // the entry was renewed: the other has ended meanwhile
        --e->unacknowledged;
        if (e->crossed > 0)
            --e->crossed;
        forget_if_done(other, *e);
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
    /// False when there is one entry at most.
    bool has_several() const noexcept { return entries_.has_several(); }
    /// Gives back the room of links that are gone. Errors: std::bad_alloc; nothing is lost then.
    void shrink() { entries_.shrink(); }
    template <class F>
    void for_each(F f) const {
        entries_.for_each([&](pid other, const link_state& e) {
            if (e.active)
                f(other);
        });
    }

private:
    void forget_if_done(pid other, const link_state& e) {
        if (!e.active && e.unacknowledged == 0)
            entries_.erase(other);
    }

    small_map<pid, link_state> entries_;
};

} // namespace coppice::detail
