// SPDX-License-Identifier: BSL-1.0
#include "name_table.hpp"
#include <algorithm>
#include <array>
#include <boost/container_hash/hash.hpp>
#include <boost/unordered/unordered_flat_map.hpp>
#include <mutex>
#include <shared_mutex>

// Names in shards, each under a lock of its own. A process's slot points at its entry, under the tag
// of its incarnation, so that registering another process and that process's death cannot miss each
// other: whoever changes the slot's word first wins.
namespace coppice {
namespace detail {
namespace {

struct entry {
    std::string text;
    std::uint64_t holder = 0; // a pid's word; 0: free. Under the shard's lock.
    name_binding binding;
};

struct text_hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view s) const noexcept {
        return boost::hash<std::string_view>{}(s);
    }
};

struct alignas(64) shard {
    mutable std::shared_mutex lock;
    // Entries live for ever, like Erlang's atoms: slots point at them.
    boost::unordered_flat_map<std::string_view, std::unique_ptr<entry>, text_hash, std::equal_to<>>
        entries;
};

constexpr std::size_t shard_count = 32;
constexpr std::uint64_t closed = 1; // in a slot's name word: dead, can get no name

std::array<shard, shard_count>& shards() {
    static auto* s = new std::array<shard, shard_count>; // never destroyed, see slots
    return *s;
}
shard& shard_of(std::string_view name) { return shards()[(text_hash{}(name) >> 48) % shard_count]; }

entry& intern(shard& s, std::string_view name) {
    if (auto it = s.entries.find(name); it != s.entries.end())
        return *it->second;
    auto e = std::make_unique<entry>();
    e->text = name;
    const std::string_view key = e->text;
    return *s.entries.emplace(key, std::move(e)).first->second;
}

entry* entry_in(std::uint64_t w) noexcept {
    const std::uint64_t a = w & word::address_mask;
    return a > closed ? reinterpret_cast<entry*>(a) : nullptr;
}

failure refused(errc code, std::string detail) {
    return {.code = code, .reason = exit_reason::normal, .detail = std::move(detail)};
}

} // namespace

void name_table::close(process& p) noexcept {
    entry* e = entry_in(p.name.exchange(p.tag() | closed, std::memory_order_acq_rel));
    if (!e)
        return;
    const std::lock_guard hold{shard_of(e->text).lock};
    if (e->holder == p.id) {
        e->holder = 0;
        e->binding = {};
    }
}

located_name lookup_name(std::string_view name) noexcept {
    shard& s = shard_of(name);
    const std::shared_lock hold{s.lock};
    const auto it = s.entries.find(name);
    if (it == s.entries.end())
        return {};
    return {pid{it->second->holder}, it->second->binding};
}

result<void> register_name(std::string_view name, pid who, name_binding binding) {
    if (name.empty())
        return refused(errc::bad_name, "a name must not be empty");
    shard& s = shard_of(name);
    const std::lock_guard hold{s.lock};
    if (!is_alive(who))
        return refused(errc::noproc,
                       "cannot name " + who.text() + " \"" + std::string{name} + "\": it is dead");
    entry& e = intern(s, name);
    if (e.holder != 0)
        return refused(errc::name_taken,
                       "the name \"" + std::string{name} + "\" belongs to " + pid{e.holder}.text());
    const std::uint64_t tag = word::tag(who.word());
    std::uint64_t seen = tag;
    if (!slot_of(who)->name.compare_exchange_strong(seen, tag | reinterpret_cast<std::uint64_t>(&e),
                                                    std::memory_order_acq_rel)) {
        const entry* other = word::tag(seen) == tag ? entry_in(seen) : nullptr;
        if (!other)
            return refused(errc::noproc, "cannot name " + who.text() + ": it has just ended");
        return refused(errc::already_named,
                       who.text() + " already has the name \"" + other->text + '"');
    }
    e.holder = who.word();
    e.binding = binding;
    return {};
}

} // namespace detail

result<void> register_name(std::string_view name, pid who) {
    return detail::register_name(name, who, {});
}

result<void> unregister_name(std::string_view name) {
    using namespace detail;
    shard& s = shard_of(name);
    const std::lock_guard hold{s.lock};
    const auto it = s.entries.find(name);
    if (it == s.entries.end() || it->second->holder == 0)
        return refused(errc::not_found, "nobody has the name \"" + std::string{name} + '"');
    entry& e = *it->second;
    const std::uint64_t tag = word::tag(e.holder);
    std::uint64_t seen = tag | reinterpret_cast<std::uint64_t>(&e);
    // Fails only when the holder is ending: then it will find that the name is its own no longer.
    slot_of(pid{e.holder})->name.compare_exchange_strong(seen, tag, std::memory_order_acq_rel);
    e.holder = 0;
    e.binding = {};
    return {};
}

pid whereis(std::string_view name) noexcept {
    const pid p = detail::lookup_name(name).process;
    return detail::is_alive(p) ? p : pid{};
}

std::vector<std::string> registered_names() {
    std::vector<std::string> names;
    for (const auto& s : detail::shards()) {
        const std::shared_lock hold{s.lock};
        for (const auto& [text, e] : s.entries)
            if (e->holder != 0)
                names.push_back(e->text);
    }
    std::sort(names.begin(), names.end());
    return names;
}

std::string_view detail::name_table::name_of(pid who) noexcept {
    if (!who)
        return {};
    const std::uint64_t w = slot_of(who)->name.load(std::memory_order_acquire);
    const entry* e = word::tag(w ^ who.word()) == 0 ? entry_in(w) : nullptr;
    return e ? std::string_view{e->text} : std::string_view{}; // an entry's text never changes
}

std::string registered_name(pid who) { return std::string{detail::name_table::name_of(who)}; }

} // namespace coppice
