// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <coppice/detail/typed_keys.hpp>
#include <coppice/this_process.hpp>

/// Groups of processes, OTP's pg: join and leave, send to all, be told of every change.
///
///     struct said { std::string text; };
///     inline pg<std::string, protocol<said>> rooms{"rooms"};      // a scope
///
///     rooms.join("lobby", this_process::self(this));              // in a server's constructor
///     rooms.cast("lobby", said{"hello"});                         // a copy to each member
///     rooms.get_members("lobby");
///
///     auto now = rooms.monitor("lobby", this_process::self(this)); // the members at this moment
///     void handle_info(pg_joined<std::string> j);                 // and every change from then on
///     void handle_info(pg_left<std::string> l);
///
/// **A scope is an object**, no process: it has no place in a tree and cannot crash. Scopes know
/// nothing of each other. It must live as long as it is used: at namespace scope, mostly.
///
/// **Groups** need not be made: a group is there as long as it has members. A process that joins n
/// times is n times a member, and each `leave` takes one membership.
///
/// **Never the dead.** The memberships of a process that exits are gone, and the monitors of its
/// groups have been sent a `pg_left` for each, before any link or monitor of the process is told.
///
/// **Beside a `duplicate_registry`.** That has values and listeners for all of it; groups have
/// monitors, which get what is there and then miss no change.
///
/// **When not.** To find one process by a key take a `registry`. To send to children take their
/// supervisor's list.
///
/// **Debugging.** `which_groups` and `get_members` show what there is.
///
/// Source: OTP, module pg.
namespace coppice {

/// To the monitors of a group, by `handle_info`: processes have joined. OTP: `{Ref, join, G,
/// Pids}`.
template <class Group>
struct pg_joined {
    monitor_ref ref;
    Group group;
    std::vector<pid> processes;
};
/// The same: processes have left, or one has exited. As in OTP these are the processes that the
/// caller of `leave` named, of which at least one was a member.
template <class Group>
struct pg_left {
    monitor_ref ref;
    Group group;
    std::vector<pid> processes;
};

/// What `pg::monitor` gives: the members at that moment. All later changes come as notices.
///
/// Context: a value; one thread at a time.
template <class Server>
struct pg_group_monitor {
    monitor_ref ref;
    std::vector<Server> members;
};
/// The same of all groups, in no order.
template <class Group, class Server>
struct pg_scope_monitor {
    struct group {
        Group name;
        std::vector<Server> members;
    };
    monitor_ref ref;
    std::vector<group> groups;
};

/// The groups of a scope. T is the class of all members, a `protocol` that they handle, or `pid`.
///
/// Group: copyable, with an order, as the key of a `registry`.
///
/// Shape: an object that stays where it is. Errors: std::bad_alloc.
/// Context: any thread; never suspends, but for `cast` and `send`. Group names are compared under a
/// lock.
template <class Group, class T>
class pg : detail::key_observer {
public:
    /// What a member is: `server_ref<T>`, or a `pid`.
    using server = detail::keyed_t<T>;

    explicit pg(std::string_view scope);
    pg(const pg&) = delete;
    pg& operator=(const pg&) = delete;

    const std::string& scope() const noexcept { return scope_; }

    // --- members ---

    /// A process that has exited joins and leaves at once.
    ///
    /// Errors: `noproc` for a null reference; then none of a list joins.
    void join(const Group& group, const server& member) { join(group, std::vector{member}); }
    void join(const Group& group, const std::vector<server>& all) { try_join(group, all).value(); }
    result<void> try_join(const Group& group, const server& member) {
        return try_join(group, std::vector{member});
    }
    result<void> try_join(const Group& group, const std::vector<server>& all);

    /// Takes one membership of each. Of a list those that are no members do not matter, unless none
    /// is one.
    ///
    /// Errors: `not_found`, OTP's `not_joined`.
    void leave(const Group& group, const server& member) { leave(group, std::vector{member}); }
    void leave(const Group& group, const std::vector<server>& all) {
        try_leave(group, all).value();
    }
    result<void> try_leave(const Group& group, const server& member) {
        return try_leave(group, std::vector{member});
    }
    result<void> try_leave(const Group& group, const std::vector<server>& all);

    /// In the order in which they joined.
    std::vector<server> get_members(const Group& group) const {
        return made(members_.table.processes_of(detail::hashed(group)));
    }
    /// Those that have members, in no order.
    std::vector<Group> which_groups() const;

    // --- messages ---

    /// Casts a copy of the message to each member. Returns to how many.
    template <class M>
    requires(!std::same_as<T, pid>) std::size_t cast(const Group& group, const M& m)
    const {
        const auto all = get_members(group);
        for (const server& s : all)
            s.cast(M(m));
        return all.size();
    }
    /// The same for members that are known by their pids: they `receive` it.
    template <class M>
    requires std::same_as<T, pid> std::size_t send(const Group& group, const M& m)
    const {
        const auto all = get_members(group);
        for (const pid& p : all)
            p.send(M(m));
        return all.size();
    }

    // --- monitors ---

    /// The members now, and a notice of each change from now on, in their order: none is missed and
    /// none told twice. `who` is a `server_ref` to a server with handlers for both notices, or the
    /// pid of a process that receives them. A process may have several monitors.
    ///
    /// Notices count against no bound of a mailbox.
    template <class Who>
    pg_group_monitor<server> monitor(const Group& group, const Who& who);
    /// The same for all groups, those that are made later among them.
    template <class Who>
    pg_scope_monitor<Group, server> monitor_scope(const Who& who);
    /// Ends a monitor of the calling process, or of another. What was sent before may still come.
    /// False: it has no such monitor.
    bool demonitor(monitor_ref ref) { return demonitor(ref, this_process::self()); }
    bool demonitor(monitor_ref ref, pid who);

private:
    struct watcher {
        monitor_ref ref;
        detail::envelope* (*joined)(pg_joined<Group>&&);
        detail::envelope* (*left)(pg_left<Group>&&);
    };
    using members = detail::typed_keys<Group, T, std::monostate>;
    using watchers = detail::typed_keys<Group, pid, watcher>;
    using scope_watchers = detail::typed_keys<std::monostate, pid, watcher>;

    static std::vector<server> made(const std::vector<detail::keyed_process>& from);
    static std::vector<pid> pids_of(const std::vector<server>& from);
    template <class Who>
    static watcher make_watcher();
    template <class Notice>
    void tell(detail::envelope* (*watcher::*make)(Notice&&),
              const Group& group,
              const std::vector<pid>& processes) const;
    void exited(const detail::key_entry& e) noexcept override {
        tell(&watcher::left, members::entry_in(e).key, {e.process});
    }

    std::string scope_;
    watchers watchers_{detail::key_table::kind::duplicate};
    scope_watchers scope_watchers_{detail::key_table::kind::duplicate, 1};
    members members_{detail::key_table::kind::duplicate, 0, this}; // goes first: it uses the others
    static constexpr std::monostate all_{};
};

} // namespace coppice

// --- the same, written out ---

namespace coppice::detail {

failure null_member(const std::string& scope);
failure not_joined(const std::string& scope);

/// Makes a message that no mailbox counts, for a server of class S.
template <class S, class M>
struct notice_to {
    static envelope* make(M&& m) {
        using envelope_type = typed_envelope<S, M, verb::info>;
        static constexpr envelope_ops operations = [] {
            envelope_ops o = envelope_type::operations;
            o.is_internal = true;
            return o;
        }();
        auto* const n = make_envelope<envelope_type>(std::move(m));
        n->ops = &operations;
        return n;
    }
};
/// The same for a process that receives it.
template <class M>
struct notice_to<pid, M> {
    static envelope* make(M&& m) {
        static const envelope_ops operations = [] {
            envelope_ops o = message_envelope<M>::ops_of();
            o.is_internal = true;
            return o;
        }();
        auto* const n = make_envelope<message_envelope<M>>(std::move(m));
        n->ops = &operations;
        return n;
    }
};

template <class Who>
struct noticed {
    using type = pid;
};
template <class S>
struct noticed<server_ref<S>> {
    using type = S;
};

} // namespace coppice::detail

namespace coppice {

template <class Group, class T>
pg<Group, T>::pg(std::string_view scope) : scope_{scope} {
    (void)detail::explain_key<Group>();
}

template <class Group, class T>
auto pg<Group, T>::made(const std::vector<detail::keyed_process>& from) -> std::vector<server> {
    std::vector<server> all;
    all.reserve(from.size());
    for (const detail::keyed_process& p : from)
        all.push_back(detail::keyed<T>::make(p));
    return all;
}

template <class Group, class T>
std::vector<pid> pg<Group, T>::pids_of(const std::vector<server>& from) {
    std::vector<pid> all;
    all.reserve(from.size());
    for (const server& s : from)
        all.push_back(s);
    return all;
}

template <class Group, class T>
result<void> pg<Group, T>::try_join(const Group& group, const std::vector<server>& joining) {
    std::vector<detail::key_entry_ptr> entries;
    entries.reserve(joining.size());
    for (const server& s : joining) {
        const detail::keyed_process p = detail::keyed<T>::find(s);
        if (!p.process)
            return detail::null_member(scope_);
        entries.push_back(members::item::make(p, Group(group), {}));
    }
    auto then = [this, &group, all = pids_of(joining)] { tell(&watcher::joined, group, all); };
    members_.table.add_all(detail::hashed(group), entries, detail::locked_step{then});
    return {};
}

template <class Group, class T>
result<void> pg<Group, T>::try_leave(const Group& group, const std::vector<server>& leaving) {
    const std::vector<pid> all = pids_of(leaving);
    auto then = [this, &group, &all] { tell(&watcher::left, group, all); };
    if (members_.table.remove_each(detail::hashed(group), all, detail::locked_step{then}) == 0)
        return detail::not_joined(scope_);
    return {};
}

template <class Group, class T>
std::vector<Group> pg<Group, T>::which_groups() const {
    std::vector<Group> all;
    for (const detail::key_entry_ptr& e : members_.table.keys())
        all.push_back(members::entry_in(*e).key);
    return all;
}

template <class Group, class T>
template <class Who>
auto pg<Group, T>::make_watcher() -> watcher {
    using S = typename detail::noticed<Who>::type;
    if constexpr (!std::same_as<S, pid>) {
        // One after the other: a server that takes neither is told of one.
        if constexpr (decltype(detail::explain_info<S, pg_joined<Group>>())::value)
            if constexpr (decltype(detail::explain_info<S, pg_left<Group>>())::value)
                return {detail::new_monitor_ref(), &detail::notice_to<S, pg_joined<Group>>::make,
                        &detail::notice_to<S, pg_left<Group>>::make};
        return {};
    } else
        return {detail::new_monitor_ref(), &detail::notice_to<pid, pg_joined<Group>>::make,
                &detail::notice_to<pid, pg_left<Group>>::make};
}

template <class Group, class T>
template <class Who>
auto pg<Group, T>::monitor(const Group& group, const Who& who) -> pg_group_monitor<server> {
    const watcher w = make_watcher<Who>();
    const auto e = watchers::item::make({pid{who}}, Group(group), w);
    auto subscribe = [&] { watchers_.table.add(detail::hashed(group), e); };
    return {w.ref, made(members_.table.processes_of(detail::hashed(group),
                                                    detail::locked_step{subscribe}))};
}

template <class Group, class T>
template <class Who>
auto pg<Group, T>::monitor_scope(const Who& who) -> pg_scope_monitor<Group, server> {
    const watcher w = make_watcher<Who>();
    const auto e = scope_watchers::item::make({pid{who}}, {}, w);
    auto subscribe = [&] { scope_watchers_.table.add(detail::hashed(all_), e); };
    pg_scope_monitor<Group, server> now{w.ref, {}};
    for (const detail::key_entry_ptr& m : members_.table.all(detail::locked_step{subscribe})) {
        const Group& group = members::entry_in(*m).key;
        // Members of a group lie one after another.
        if (now.groups.empty() || now.groups.back().name < group || group < now.groups.back().name)
            now.groups.push_back({group, {}});
        now.groups.back().members.push_back(members::entry_in(*m).server);
    }
    return now;
}

template <class Group, class T>
bool pg<Group, T>::demonitor(monitor_ref ref, pid who) {
    for (const detail::key_entry_ptr& e : watchers_.table.entries_of(who))
        if (watchers::entry_in(*e).value.ref == ref)
            return watchers_.table.remove(e);
    for (const detail::key_entry_ptr& e : scope_watchers_.table.entries_of(who))
        if (scope_watchers::entry_in(*e).value.ref == ref)
            return scope_watchers_.table.remove(e);
    return false;
}

/// Under the lock of the group's members, so that each watcher gets the changes in their order.
template <class Group, class T>
template <class Notice>
void pg<Group, T>::tell(detail::envelope* (*watcher::*make)(Notice&&),
                        const Group& group,
                        const std::vector<pid>& processes) const {
    const auto post = [&](const watcher& w, pid to) {
        detail::post_notice(to, (w.*make)(Notice{w.ref, group, processes}));
    };
    if (watchers_.table.size() != 0)
        for (const detail::key_entry_ptr& e : watchers_.table.all_of(detail::hashed(group)))
            post(watchers::entry_in(*e).value, e->process);
    if (scope_watchers_.table.size() != 0)
        for (const detail::key_entry_ptr& e : scope_watchers_.table.all_of(detail::hashed(all_)))
            post(scope_watchers::entry_in(*e).value, e->process);
}

} // namespace coppice
