// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <coppice/detail/typed_keys.hpp>
#include <coppice/this_process.hpp>

/// Processes by key, where the key is any value: one for each user, room, connection.
///
///     struct user { std::string tenant; int id; auto operator<=>(const user&) const = default; };
///     inline registry<user, session> sessions{"sessions"};
///
///     child<session>(sessions(ann), ann)         // a child that is registered under its key
///     start<session>({.name = sessions(ann)}, ann)
///     sessions(ann).call(status{});              // looked up at each call
///
///     inline duplicate_registry<std::string, protocol<event>> topics{"topics"};
///     topics.register_key("news", this_process::self(this));
///     topics.cast("news", event{"rain"});        // a copy to each process under the key
///
/// **An object, no process.** It has no place in a tree and cannot crash, and a lookup waits for no
/// process. It must live as long as its entries are used: at namespace scope, mostly.
///
/// **Never the dead.** When a process exits, its entries are gone before any link or monitor is
/// told: who learns of the exit may register a successor at once. A server that is started under a
/// key has it before its constructor runs.
///
/// **Keys.** Copyable, with an order (`<`, or a defaulted `<=>`). A key that `std::hash` knows, or
/// a function `std::size_t hash_value(const Key&)` beside its class, is found by its hash, in one
/// of `partitions`; pairs and tuples are when their parts are. Any other is found in one ordered
/// table, which is slower from some thousands of entries on and serves one thread at a time.
///
/// **Values.** An entry may carry a value, which its process changes by `update_value` and every
/// process reads, with no message: the load of a worker, the version of a client.
///
/// **One or many.** Of `server_name` there is one for each server that the program's author knows.
/// A process has at most one name and any number of keys. Groups whose changes are to be watched
/// are a `pg`.
///
/// **When not.** A reference that was returned by `start` needs no registry. A table of plain data
/// is no registry of processes.
///
/// **Debugging.** `select`, `keys` and `count` show what there is; `add_listener` tells of changes.
///
/// Source: Elixir, Registry.
namespace coppice {

/// How a registry is laid out.
///
/// Context: a value.
struct registry_options {
    std::size_t partitions = 0; ///< parts with a lock each; 0: 16 for each processor, 256 at most
};

/// To the listeners of a registry, as a cast: a process was registered.
template <class Key>
struct key_registered {
    std::string registry;
    Key key;
    pid process;
};
/// The same: `unregister_key` was called, whether there was an entry or not. Of an exit listeners
/// are not told.
template <class Key>
struct key_unregistered {
    std::string registry;
    Key key;
    pid process;
};

/// What a `registry` and a `duplicate_registry` can do.
///
/// Context: any thread; never suspends, but where listeners are told, as a cast may. Keys are
/// compared under a lock; functions that are given run in the caller, without one.
template <class Key, class T, class Value>
class registry_verbs {
public:
    using entry = registry_entry<Key, T, Value>;
    /// What an entry leads to: `server_ref<T>`, or a `pid`.
    using server = detail::keyed_t<T>;
    using listener = server_ref<protocol<key_registered<Key>, key_unregistered<Key>>>;

    registry_verbs(const registry_verbs&) = delete;
    registry_verbs& operator=(const registry_verbs&) = delete;

    const std::string& name() const noexcept { return name_; }
    std::size_t partitions() const noexcept { return keys_.table.partitions(); }

    // --- registering ---

    /// Registers any process, not only the calling one.
    ///
    /// Errors: `name_taken`, with `{already_registered, Pid}`, where a key belongs to one process;
    /// `noproc`.
    void register_key(Key key, server process, Value value = {}) {
        try_register_key(std::move(key), std::move(process), std::move(value)).value();
    }
    result<void> try_register_key(Key key, server process, Value value = {});
    /// Removes the calling process's entries under a key. There may be none.
    void unregister_key(const Key& key) { unregister_key(key, this_process::self()); }
    void unregister_key(const Key& key, pid process);
    /// Removes those of the calling process's entries under a key whose value `which` picks.
    /// Listeners are told once, whether there was one or not. Source: Elixir, unregister_match/4.
    template <class F>
    std::size_t unregister_if(const Key& key, F which);

    // --- reading ---

    /// How many entries.
    std::size_t count() const noexcept { return keys_.table.size(); }
    /// The keys of a process, in the order in which it was registered.
    std::vector<Key> keys(pid process) const;
    /// The entries that `which` picks. Source: Elixir, select/2.
    template <class F>
    std::vector<entry> select(F which) const;
    template <class F>
    std::size_t count_if(F which) const;

    // --- listening ---

    /// Tells a process of each registration and each `unregister_key` and `unregister_if` from now
    /// on, until it exits: a server by casts, one that is given as a pid by messages that it
    /// receives.
    void add_listener(const listener& l) {
        listen(detail::keyed<listener_protocol>::find(l), false);
    }
    template <std::same_as<pid> Pid>
    void add_listener(const Pid& process) {
        listen({process, nullptr}, true);
    }
    void remove_listener(pid process) {
        listeners_.table.remove_all(detail::hashed(all_), process);
    }

protected:
    registry_verbs(std::string_view name, detail::key_table::kind kind, registry_options o)
        : name_{name}, keys_{kind, o.partitions} {
        (void)detail::explain_key<Key>();
    }
    ~registry_verbs() = default;

    using table = detail::typed_keys<Key, T, Value>;
    std::optional<failure> insert(Key key, detail::keyed_process process, Value value, errc taken);
    table& keys() noexcept { return keys_; }
    const table& keys() const noexcept { return keys_; }

private:
    using listener_protocol = protocol<key_registered<Key>, key_unregistered<Key>>;
    void listen(detail::keyed_process p, bool receives);
    template <class M>
    void tell(const Key& key, pid process) const;

    std::string name_;
    table keys_;
    // The value: whether it receives, or is a server.
    detail::typed_keys<std::monostate, listener_protocol, bool> listeners_{
        detail::key_table::kind::duplicate, 1};
    static constexpr std::monostate all_{};
};

/// One process for each key.
///
/// T is the server's class, a `protocol<...>` of messages, or `pid`.
///
/// Shape: an object that stays where it is. Errors: std::bad_alloc.
/// Context: any thread, see `registry_verbs`.
/// Source: Elixir, Registry with `keys: :unique`.
template <class Key, class T, class Value = std::monostate>
class registry : public registry_verbs<Key, T, Value> {
    using verbs = registry_verbs<Key, T, Value>;

public:
    using typename verbs::entry;
    using typename verbs::server;

    explicit registry(std::string_view name, registry_options o = {})
        : verbs{name, detail::key_table::kind::unique, o} {}

    /// The entry of a key as a name: to start a server under it and to call it. `value` is what is
    /// registered with a server that is started.
    via<Key, T, Value> operator()(Key key, Value value = {}) {
        return {*this, std::move(key), std::move(value)};
    }
    /// The process that has the key, or a null reference.
    server whereis(const Key& key) const {
        return detail::keyed<T>::make(this->keys().table.find(detail::hashed(key)));
    }
    std::optional<entry> lookup(const Key& key) const;

    /// Replaces the value of a key that the calling process has by `f(value)`. Returns the new one.
    ///
    /// Errors: `not_found` when the calling process does not have the key.
    template <class F>
    Value update_value(const Key& key, F f) {
        return try_update_value(key, std::move(f)).value();
    }
    template <class F>
    result<Value> try_update_value(const Key& key, F f);

private:
    template <class, class, class>
    friend class via;
};

/// Any number of processes for each key; a process may be there several times.
///
/// It is no name: messages go to all processes of a key, and the compiler refuses a `via`.
///
/// Shape: an object that stays where it is. Errors: std::bad_alloc.
/// Context: any thread, see `registry_verbs`.
/// Source: Elixir, Registry with `keys: :duplicate`.
template <class Key, class T, class Value = std::monostate>
class duplicate_registry : public registry_verbs<Key, T, Value> {
    using verbs = registry_verbs<Key, T, Value>;

public:
    using typename verbs::entry;
    using verbs::count;

    explicit duplicate_registry(std::string_view name, registry_options o = {})
        : verbs{name, detail::key_table::kind::duplicate, o} {}

    /// The entries of a key, oldest first.
    std::vector<entry> lookup(const Key& key) const {
        return verbs::table::copies(this->keys().table.all_of(detail::hashed(key)));
    }
    std::size_t count(const Key& key) const {
        return this->keys().table.count(detail::hashed(key));
    }
    /// Calls `f(std::span<const entry>)` with the entries of a key, oldest first; not at all when
    /// there are none.
    template <class F>
    void dispatch(const Key& key, F f) const {
        if (const std::vector<entry> found = lookup(key); !found.empty())
            f(std::span<const entry>{found});
    }
    /// Casts a copy of the message to each process of a key. Returns to how many.
    template <class M>
    std::size_t cast(const Key& key, const M& m) const;

    /// There is none: the compiler says why.
    template <std::convertible_to<Key> K>
    std::string operator()(const K&) const {
        static_assert(detail::never_true<K>,
                      "coppice: a key of a duplicate_registry has many processes, so it is no name "
                      "of one: take a registry");
        return {};
    }
};

/// A server by its key: the verbs of `server_verbs`, for the process that has the key at that
/// moment. Made by a registry: `sessions(ann)`. That of a registry of pids has no verbs: it is for
/// starting a server of any class under the key.
///
/// Shape: the registry's address, the key, and the value for a start.
/// Errors: `noproc` when no process has the key.
/// Context: a value; any thread.
/// Source: Elixir, `{:via, Registry, {name, key, value}}`.
template <class Key, class T, class Value = std::monostate>
class via : public detail::verbs_of_via<via<Key, T, Value>, T> {
public:
    via(registry<Key, T, Value>& in, Key key, Value value = {})
        // Not in braces: a value that may be a list of values would become a list of one.
        : registry_{&in}, key_(std::move(key)), value_(std::move(value)) {}

    const Key& key() const noexcept { return key_; }
    const Value& value() const noexcept { return value_; }
    const std::string& registry_name() const noexcept { return registry_->name(); }
    /// The process that has the key, or a null reference.
    detail::keyed_t<T> whereis() const { return registry_->whereis(key_); }

private:
    friend detail::locate_access;
    template <class, class, class, class>
    friend struct detail::via_claim;
    detail::located locate() const {
        const detail::keyed_process p = registry_->keys().table.find(detail::hashed(key_));
        return {.process = p.process, .makers = static_cast<const detail::erased_maker*>(p.makers)};
    }
    std::optional<failure> claim(detail::keyed_process p) const {
        return registry_->insert(key_, p, value_, errc::already_started);
    }

    registry<Key, T, Value>* registry_;
    Key key_;
    Value value_;
};

} // namespace coppice

// --- the same, written out ---

namespace coppice {

template <class Key, class T, class Value>
std::optional<failure> registry_verbs<Key, T, Value>::insert(Key key,
                                                             detail::keyed_process process,
                                                             Value value,
                                                             errc taken) {
    const auto e = table::item::make(process, std::move(key), std::move(value));
    const Key& k = table::entry_in(*e).key;
    pid holder;
    switch (keys_.table.add(detail::hashed(k), e, &holder)) {
    case detail::key_table::outcome::added:
        tell<key_registered<Key>>(k, process.process);
        return std::nullopt;
    case detail::key_table::outcome::taken:
        return detail::key_taken(taken, name_, holder);
    case detail::key_table::outcome::dead:
        break;
    }
    return detail::no_process_for_key(name_, process.process);
}

template <class Key, class T, class Value>
result<void> registry_verbs<Key, T, Value>::try_register_key(Key key, server process, Value value) {
    if (auto why = insert(std::move(key), detail::keyed<T>::find(process), std::move(value),
                          errc::name_taken))
        return std::move(*why);
    return {};
}

template <class Key, class T, class Value>
void registry_verbs<Key, T, Value>::unregister_key(const Key& key, pid process) {
    keys_.table.remove_all(detail::hashed(key), process);
    tell<key_unregistered<Key>>(key, process);
}

template <class Key, class T, class Value>
template <class F>
std::size_t registry_verbs<Key, T, Value>::unregister_if(const Key& key, F which) {
    const pid me = this_process::self();
    std::size_t n = 0;
    for (const detail::key_entry_ptr& e : keys_.table.all_of(detail::hashed(key)))
        if (e->process == me && which(table::entry_in(*e).value))
            n += keys_.table.remove(e) ? 1 : 0;
    tell<key_unregistered<Key>>(key, me);
    return n;
}

template <class Key, class T, class Value>
std::vector<Key> registry_verbs<Key, T, Value>::keys(pid process) const {
    std::vector<Key> all;
    for (const detail::key_entry_ptr& e : keys_.table.entries_of(process))
        all.push_back(table::entry_in(*e).key);
    return all;
}

template <class Key, class T, class Value>
template <class F>
std::vector<registry_entry<Key, T, Value>> registry_verbs<Key, T, Value>::select(F which) const {
    std::vector<entry> found;
    for (const detail::key_entry_ptr& e : keys_.table.all())
        if (which(table::entry_in(*e)))
            found.push_back(table::entry_in(*e));
    return found;
}

template <class Key, class T, class Value>
template <class F>
std::size_t registry_verbs<Key, T, Value>::count_if(F which) const {
    std::size_t n = 0;
    for (const detail::key_entry_ptr& e : keys_.table.all())
        n += which(table::entry_in(*e)) ? 1 : 0;
    return n;
}

template <class Key, class T, class Value>
void registry_verbs<Key, T, Value>::listen(detail::keyed_process p, bool receives) {
    using item = typename decltype(listeners_)::item;
    listeners_.table.add(detail::hashed(all_), item::make(p, {}, receives));
}

template <class Key, class T, class Value>
template <class M>
void registry_verbs<Key, T, Value>::tell(const Key& key, pid process) const {
    if (listeners_.table.size() == 0)
        return;
    for (const detail::key_entry_ptr& e : listeners_.table.all_of(detail::hashed(all_))) {
        const auto& l = decltype(listeners_)::entry_in(*e);
        M m{name_, key, process};
        if (l.value)
            l.server.process().send(std::move(m));
        else
            l.server.cast(std::move(m));
    }
}

template <class Key, class T, class Value>
auto registry<Key, T, Value>::lookup(const Key& key) const -> std::optional<entry> {
    if (const auto e = this->keys().table.first_of(detail::hashed(key)))
        return verbs::table::entry_in(*e);
    return std::nullopt;
}

template <class Key, class T, class Value>
template <class F>
result<Value> registry<Key, T, Value>::try_update_value(const Key& key, F f) {
    using item = typename verbs::table::item;
    const auto e = this->keys().table.first_of(detail::hashed(key));
    if (e && e->process == this_process::self()) { // no other process writes it
        Value now = f(Value(verbs::table::entry_in(*e).value));
        if (this->keys().table.replace(e,
                                       item::make({e->process, e->makers}, Key(key), Value(now))))
            return result<Value>{boost::system::in_place_value, std::move(now)};
    }
    return detail::failed<Value>(detail::key_not_owned(this->name()));
}

template <class Key, class T, class Value>
template <class M>
std::size_t duplicate_registry<Key, T, Value>::cast(const Key& key, const M& m) const {
    const auto found = this->keys().table.processes_of(detail::hashed(key));
    for (const detail::keyed_process& p : found)
        detail::keyed<T>::make(p).cast(M(m));
    return found.size();
}

namespace detail {

template <class S, class Key, class T, class Value>
struct via_claim final : key_claim {
    via<Key, T, Value> name;
    explicit via_claim(const via<Key, T, Value>& n) : name{n} {}
    std::optional<failure> claim(pid process) const override {
        return name.claim({process, maker_table<T, S>::get()});
    }
};

template <class S, class Key, class T, class Value>
std::shared_ptr<const key_claim> claim_of(const via<Key, T, Value>& name) {
    if constexpr (decltype(explain_name<T, S>())::value)
        return std::make_shared<const via_claim<S, Key, T, Value>>(name);
    else
        return nullptr;
}

template <class Key, class T, class Value>
std::string text_of(const via<Key, T, Value>& name) {
    if constexpr (std::is_convertible_v<const Key&, std::string_view>)
        return name.registry_name() + '/' + std::string{std::string_view{name.key()}};
    else if constexpr (std::is_integral_v<Key>)
        return name.registry_name() + '/' + std::to_string(name.key());
    else
        return name.registry_name();
}

} // namespace detail
} // namespace coppice
