// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <array>
#include <coppice/detail/key_table.hpp>
#include <coppice/server_name.hpp>
#include <functional>
#include <tuple>
#include <variant>

// The typed side of a table of keys: how a key is found, what an entry holds, and what a key leads
// to.
namespace coppice::detail {

template <class S, class Key, class T, class Value>
struct via_claim;

// --- what is said of an entry that cannot be made ---

failure key_taken(errc code, const std::string& registry, pid holder);
failure no_process_for_key(const std::string& registry, pid process);
failure key_not_owned(const std::string& registry);

// --- the key ---

template <class K>
concept has_std_hash = requires(const K& k) {
    { std::hash<K>{}(k) } -> std::convertible_to<std::size_t>;
};
/// Boost's way: a function beside the class.
template <class K>
concept has_hash_value = requires(const K& k) {
    { hash_value(k) } -> std::convertible_to<std::size_t>;
};

template <class K>
struct key_hash {
    static constexpr bool exists = has_std_hash<K> || has_hash_value<K>;
    static std::size_t of(const K& k) {
        if constexpr (has_std_hash<K>)
            return std::hash<K>{}(k);
        else
            return hash_value(k);
    }
};
/// std has no hash for these, though their parts may have one.
template <class... Ks>
struct key_hash<std::tuple<Ks...>> {
    static constexpr bool exists = (key_hash<Ks>::exists && ...);
    static std::size_t of(const std::tuple<Ks...>& k) {
        std::size_t h = 0;
        std::apply(
            [&h](const auto&... part) {
                ((h = h * 0x9e3779b97f4a7c15 +
                      key_hash<std::remove_cvref_t<decltype(part)>>::of(part) + 1),
                 ...);
            },
            k);
        return h;
    }
};
template <class A, class B>
struct key_hash<std::pair<A, B>> {
    static constexpr bool exists = key_hash<A>::exists && key_hash<B>::exists;
    static std::size_t of(const std::pair<A, B>& k) {
        return key_hash<A>::of(k.first) * 0x9e3779b97f4a7c15 + key_hash<B>::of(k.second);
    }
};

template <class K>
concept key_type = std::copyable<K> && requires(const K& k) {
    { k < k } -> std::convertible_to<bool>; // NOLINT(misc-redundant-expression): its type only
};

template <class K>
constexpr auto explain_key() {
    constexpr bool ok = key_type<K>;
    static_assert(ok, "coppice: a registry's key is copyable and has an order: give it `auto "
                      "operator<=>(const key&) const = default;`");
    return std::bool_constant<ok>{};
}

template <class K>
hashed_key hashed(const K& k) {
    if constexpr (key_hash<K>::exists) // spread, since std::hash of a number is the number
        return {&k, key_hash<K>::of(k) * 0x9e3779b97f4a7c15};
    else
        return {&k, 0};
}

// --- what a key leads to ---

template <class T>
struct keyed {
    using type = server_ref<T>;
    static type make(keyed_process p) {
        return server_ref_access::make<T>(
            {.process = p.process, .makers = static_cast<const erased_maker*>(p.makers)});
    }
    static keyed_process find(const type& r) { return {r.process(), nullptr}; }
};
template <>
struct keyed<pid> {
    using type = pid;
    static pid make(keyed_process p) { return p.process; }
    static keyed_process find(pid p) { return {p, nullptr}; }
};
/// An entry outlives the reference that it was made from, so a protocol's makers are kept for good:
/// there are as many sorts as there are classes of servers in the program.
template <class... Ms>
struct keyed<protocol<Ms...>> {
    using type = server_ref<protocol<Ms...>>;
    static type make(keyed_process p) {
        return server_ref_access::make<protocol<Ms...>>(
            {.process = p.process, .makers = static_cast<const erased_maker*>(p.makers)});
    }
    static keyed_process find(const type& r) {
        const located l = locate_access::locate(r);
        return {l.process, kept(l.makers)};
    }

private:
    struct sort {
        std::array<erased_maker, sizeof...(Ms)> makers;
        const sort* next;
    };
    static const void* kept(const erased_maker* makers) {
        static constinit std::atomic<const sort*> all{nullptr};
        std::array<erased_maker, sizeof...(Ms)> wanted{};
        for (std::size_t i = 0; i < sizeof...(Ms); ++i)
            wanted[i] = makers[i];
        const sort* first = all.load(std::memory_order_acquire); // and what it leads to
        for (const sort* s = first; s; s = s->next)
            if (s->makers == wanted)
                return s->makers.data();
        auto* const made = new sort{wanted, first};
        // Release: who finds it finds its contents. That a sort may be kept twice does no harm.
        while (!all.compare_exchange_weak(made->next, made, std::memory_order_release,
                                          std::memory_order_relaxed)) {}
        return made->makers.data();
    }
};

template <class T>
using keyed_t = typename keyed<T>::type;

template <class>
inline constexpr bool never_true = false;

struct no_verbs {};
template <class Self, class T>
using verbs_of_via = typename std::conditional_t<std::is_same_v<T, pid>,
                                                 std::type_identity<no_verbs>,
                                                 std::type_identity<server_verbs<Self, T>>>::type;

} // namespace coppice::detail

namespace coppice {

/// What a registry knows under a key. `server` is a `pid` where the registry is of pids.
///
/// Shape: a copy. Context: a value; one thread at a time.
template <class Key, class T, class Value>
struct registry_entry {
    Key key;
    detail::keyed_t<T> server;
    [[no_unique_address]] Value value;
};

} // namespace coppice

namespace coppice::detail {

// --- the entry ---

template <class Key, class T, class Value>
class typed_entry final
    : public std::conditional_t<key_hash<Key>::exists, key_entry, ordered_key_entry> {
    using base = std::conditional_t<key_hash<Key>::exists, key_entry, ordered_key_entry>;

public:
    typed_entry(std::size_t hash, keyed_process p, Key key, Value value)
        : base{hash, p.process, p.makers},
          entry{std::move(key), keyed<T>::make(p), std::move(value)} {}
    static key_entry_ptr make(keyed_process p, Key key, Value value) {
        const std::size_t hash = hashed(key).hash;
        return key_entry_ptr{make_in_cell<typed_entry>(hash, p, std::move(key), std::move(value))};
    }

    const registry_entry<Key, T, Value> entry;

private:
    void destroy() noexcept override { dispose(this); }
};

/// A table whose entries are known. What it gives is copied from entries outside of all locks.
template <class Key, class T, class Value>
class typed_keys {
public:
    using item = typed_entry<Key, T, Value>;
    using entry = registry_entry<Key, T, Value>;

    explicit typed_keys(key_table::kind kind,
                        std::size_t partitions = 0,
                        key_observer* observer = nullptr)
        : table{operations, kind, partitions, observer} {}

    static const entry& entry_in(const key_entry& e) { return static_cast<const item&>(e).entry; }
    static std::vector<entry> copies(const std::vector<key_entry_ptr>& from) {
        std::vector<entry> all;
        all.reserve(from.size());
        for (const key_entry_ptr& e : from)
            all.push_back(entry_in(*e));
        return all;
    }

    key_table table;

private:
    static const void* key_of(const key_entry& e) noexcept { return &entry_in(e).key; }
    static bool equal(const void* a, const void* b) {
        const Key& x = *static_cast<const Key*>(a);
        const Key& y = *static_cast<const Key*>(b);
        if constexpr (key_hash<Key>::exists && std::equality_comparable<Key>)
            return x == y;
        else if constexpr (key_type<Key>)
            return !(x < y) && !(y < x);
        else
            return false;
    }
    static bool less(const void* a, const void* b) {
        if constexpr (key_type<Key>)
            return *static_cast<const Key*>(a) < *static_cast<const Key*>(b);
        else
            return false;
    }
    static constexpr key_operations operations{
        .key_of = &key_of, .equal = &equal, .less = key_hash<Key>::exists ? nullptr : &less};
};

} // namespace coppice::detail
