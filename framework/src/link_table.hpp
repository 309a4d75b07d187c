// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <boost/unordered/unordered_flat_map.hpp>
#include <coppice/pid.hpp>
#include <memory>
#include <vector>

namespace coppice::detail {

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
    bool link(pid other) {
        entry& e = get(other);
        return !std::exchange(e.active, true);
    }
    /// No longer linked. True when it was: the other side must be told, and will acknowledge.
    bool unlink(pid other) {
        entry* e = find(other);
        if (!e || !e->active)
            return false;
        e->active = false;
        ++e->unacknowledged;
        return true;
    }
    void on_link(pid other) { get(other).active = true; }
    void on_unlink(pid other) {
        if (entry* e = find(other); e && e->unacknowledged == 0)
            erase(other);
    }
    void on_acknowledge(pid other) {
        if (entry* e = find(other); e && --e->unacknowledged == 0 && !e->active)
            erase(other);
    }
    /// The other has ended. True when we were linked.
    bool on_exit(pid other) {
        entry* e = find(other);
        const bool linked = e && e->active;
        if (e)
            erase(other);
        return linked;
    }
    bool contains(pid other) {
        entry* e = find(other);
        return e && e->active;
    }
    template <class F>
    void for_each(F f) const {
        for (const entry& e : few_)
            if (e.active)
                f(e.other);
        if (many_)
            for (const auto& [other, e] : *many_)
                if (e.active)
                    f(other);
    }

private:
    struct entry {
        pid other;
        bool active = false;
        std::uint32_t unacknowledged = 0;
    };
    static constexpr std::size_t few = 8; // up to here a search is quicker than a hash

    entry* find(pid other) {
        for (entry& e : few_)
            if (e.other == other)
                return &e;
        if (many_)
            if (auto it = many_->find(other); it != many_->end())
                return &it->second;
        return nullptr;
    }
    entry& get(pid other) {
        if (entry* e = find(other))
            return *e;
        if (few_.size() < few)
            return few_.emplace_back(entry{.other = other});
        if (!many_)
            many_ = std::make_unique<map>();
        return many_->emplace(other, entry{.other = other}).first->second;
    }
    void erase(pid other) {
        if (std::erase_if(few_, [&](const entry& e) { return e.other == other; }) == 0 && many_)
            many_->erase(other);
    }

    using map = boost::unordered_flat_map<pid, entry, std::hash<pid>>;
    std::vector<entry> few_;
    std::unique_ptr<map> many_;
};

} // namespace coppice::detail
