// SPDX-License-Identifier: BSL-1.0
#include "registry/name_table.hpp"
#include "registry/key_owners.hpp"
#include "registry/name_index.hpp"
#include <array>
#include <mutex>

// Names in shards. Looking up takes no lock; registering takes the shard's. A process's slot points
// at its entry, under the tag of its incarnation, so that registering another process and that
// process's exit cannot miss each other: the thread that changes the slot's word first wins.
//
// An entry is free when its name is not registered; only then, and under the shard's lock, is it
// given up to serve another name. A thread that looks at one without that lock, by the index or by
// a slot's word, is a name_reader meanwhile.
namespace coppice {
namespace detail {
namespace {

struct alignas(64) shard {
    std::mutex lock;
    name_index names;
};

constexpr std::size_t shard_count = 32;
// In a slot's name word, below the address of an entry:
constexpr std::uint64_t closed = 1;   // dead, can get no name
constexpr std::uint64_t has_keys = 2; // it may have entries in tables of keys

std::array<shard, shard_count>& shards() {
    static auto* s = new std::array<shard, shard_count>; // never destroyed, see slots
    return *s;
}
/// By bits of the hash that the index uses neither for the place nor for the tag, unless it is
/// huge.
shard& shard_of(std::size_t hash) { return shards()[(hash >> 40) % shard_count]; }

name_entry* entry_in(std::uint64_t w) noexcept {
    return reinterpret_cast<name_entry*>(w & mailbox_word::address_mask & ~(closed | has_keys));
}
static_assert(alignof(name_entry) > (closed | has_keys));

failure refused(errc code, std::string detail) {
    return {.code = code, .reason = exit_reason::normal, .detail = std::move(detail)};
}

} // namespace

namespace {

/// Returns whether it may have entries.
bool close_word(process& p) noexcept {
    const name_reader here; // another may take the name away while we wait for the lock
    // Acquire: of what was done to the name's entry. Release: what the process did before.
    const std::uint64_t w = p.name.exchange(p.tag() | closed, std::memory_order_acq_rel);
    if (name_entry* const e = entry_in(w)) {
        shard& s = shard_of(name_index::hash(e->text()));
        const std::lock_guard hold{s.lock};
        if (e->holder() == p.self())
            s.names.set(*e, {}, nullptr);
    }
    return (w & has_keys) != 0;
}

[[gnu::noinline]] void close_named(process& p) noexcept {
    if (close_word(p))
        key_owners::release(p.self());
}

} // namespace

void name_table::close(process& p) noexcept {
    std::uint64_t unnamed = p.tag();
    // Mostly it has no name and no keys, and can get none from now on.
    if (p.name.load(std::memory_order_relaxed) != unnamed ||
        !p.name.compare_exchange_strong(unnamed, p.tag() | closed, std::memory_order_acq_rel))
        close_named(p);
}

bool name_table::note_keys(pid who) noexcept {
    if (!who)
        return false;
    const std::uint64_t tag = mailbox_word::tag(pid_access::word(who));
    std::atomic<std::uint64_t>& name = slot_of(who)->name;
    // Relaxed: the caller holds the lock under which the exit looks for entries.
    std::uint64_t seen = name.load(std::memory_order_relaxed);
    do {
        if (mailbox_word::tag(seen) != tag || (seen & closed) != 0)
            return false;
        if ((seen & has_keys) != 0)
            return true;
    } while (!name.compare_exchange_weak(seen, seen | has_keys, std::memory_order_relaxed));
    return true;
}

located_name lookup_name(std::string_view name) noexcept {
    const std::size_t h = name_index::hash(name);
    const name_index& names = shard_of(h).names;
    const name_reader here;
    const name_entry* e = names.find(name, h);
    return e ? names.get(*e) : located_name{};
}

result<void> register_name(std::string_view name, pid who, const name_binding* binding) {
    if (name.empty())
        return refused(errc::bad_name, "a name must not be empty");
    const std::size_t h = name_index::hash(name);
    shard& s = shard_of(h);
    const name_reader here; // of the name that it may have already, in another shard
    const std::lock_guard hold{s.lock};
    if (!is_alive(who))
        return refused(errc::noproc,
                       "cannot name " + who.text() + " \"" + std::string{name} + "\": it is dead");
    name_entry& e = s.names.intern(name, h);
    if (e.holder())
        return refused(errc::name_taken,
                       "the name \"" + std::string{name} + "\" belongs to " + e.holder().text());
    const std::uint64_t tag = mailbox_word::tag(pid_access::word(who));
    std::uint64_t seen = tag;
    while (!slot_of(who)->name.compare_exchange_strong(
        seen, seen | reinterpret_cast<std::uint64_t>(&e), std::memory_order_acq_rel)) {
        if (mailbox_word::tag(seen) != tag || (seen & closed) != 0)
            return refused(errc::noproc, "cannot name " + who.text() + ": it has just ended");
        if (const name_entry* other = entry_in(seen))
            return refused(errc::already_named, who.text() + " already has the name \"" +
                                                    std::string{other->text()} + '"');
    }
    s.names.set(e, who, binding);
    return {};
}

} // namespace detail

result<void> register_name(std::string_view name, pid who) {
    return detail::register_name(name, who, nullptr);
}

result<void> unregister_name(std::string_view name) {
    using namespace detail;
    const std::size_t h = name_index::hash(name);
    shard& s = shard_of(h);
    const std::lock_guard hold{s.lock};
    name_entry* e = s.names.find(name, h);
    if (!e || !e->holder())
        return refused(errc::not_found, "the name \"" + std::string{name} + "\" is not registered");
    const std::uint64_t tag = mailbox_word::tag(pid_access::word(e->holder()));
    const std::uint64_t named = tag | reinterpret_cast<std::uint64_t>(e);
    std::uint64_t seen = named;
    // It has no other name meanwhile, so the word is this one, or the holder is ending: then it
    // will find that the name is its own no longer.
    while (!slot_of(e->holder())
                ->name.compare_exchange_strong(seen, tag | (seen & has_keys),
                                               std::memory_order_acq_rel))
        if ((seen & ~has_keys) != named)
            break;
    s.names.set(*e, {}, nullptr);
    return {};
}

// A name is freed before its process exits, so a process that is found here was alive at that
// moment.
pid whereis(std::string_view name) noexcept { return detail::lookup_name(name).process; }

std::vector<std::string> registered_names() {
    std::vector<std::string> names;
    for (auto& s : detail::shards()) {
        const std::lock_guard hold{s.lock};
        s.names.for_each([&](const detail::name_entry& e) {
            if (e.holder())
                names.emplace_back(e.text());
        });
    }
    std::sort(names.begin(), names.end());
    return names;
}

std::string_view detail::name_table::name_of(pid who, const name_reader&) noexcept {
    if (!who)
        return {};
    const std::uint64_t w = slot_of(who)->name.load(std::memory_order_acquire);
    const name_entry* e = mailbox_word::tag(w ^ pid_access::word(who)) == 0 ? entry_in(w) : nullptr;
    return e ? e->text() : std::string_view{}; // an entry's text does not change while we read
}

std::string registered_name(pid who) {
    if (!who)
        return {};
    const detail::name_reader here;
    return std::string{detail::name_table::name_of(who, here)};
}

} // namespace coppice
