// SPDX-License-Identifier: BSL-1.0
#include "registry/key_owners.hpp"
#include "registry/key_shard.hpp"
#include "registry/name_table.hpp"
#include "scheduler/runtime_state.hpp"
#include <algorithm>
#include <coppice/detail/shrinking_map.hpp>
#include <functional>
#include <thread>

// Processes by key. There are two sorts of locks, each held for a few instructions: one for each
// shard of a table, which readers share, and one for each part of the index of owners. A shard's
// comes first; the other way round it is only tried. Under them runs no code of the user but the
// comparison of keys; entries are copied and destroyed outside.
//
// Why no dead process is ever found. An exit closes the process's name word, then takes its entries
// away, then tells others (name_table::close). An addition sets a bit in that word, which fails
// when it is closed, and puts the entry into the process's ring under the owner's lock. So either
// the exit comes first and the addition is refused, or the exit sees the bit, waits for the
// owner's lock, and finds the entry.
//
// Why an exit may take an entry out of a table that is being destroyed. It reads the entry's shard
// under the owner's lock, and tries to lock the shard, whose memory is never freed. If another
// thread has it, the exit gives the owner's lock up, takes both in their order, and looks again
// whether the oldest entry of the process lies in this shard. If it does, under both locks, the
// table is there: its destructor needs the shard's lock to take the entry out.
//
// Why a reader sees an entry that is whole. Entries are made before they are linked, under the
// shard's lock, and never change; a reader copies from one outside of the lock, by a share that it
// took under the lock. A new value is a new entry in the old one's place.
//
// Lookups hold the lock, too, but it is biased towards them: see biased_lock.hpp. A reader that
// takes none would have to delay the destruction of users' keys and values until no thread looks at
// them, and then that would run on another thread, or never.
namespace coppice::detail {
namespace {

struct alignas(64) owners_part {
    std::mutex lock;
    shrinking_map<pid, key_entry*> oldest; // the first entry of each process's ring
};
constexpr std::size_t owner_parts = 64;

owners_part& part_of(pid p) noexcept {
    static auto* parts = new std::array<owners_part, owner_parts>; // never destroyed, see slots
    return (*parts)[std::hash<pid>{}(p) >> 40 & (owner_parts - 1)];
}

// Two threads that want one shard at a time cost a sleep in the kernel, a hundred times as long as
// the lock is held.
constexpr std::size_t shards_for_each_processor = 16, most_shards = 256;
constexpr std::size_t at_once = 1000; // entries that an exit takes out

std::size_t shards_wanted(const key_operations& keys, std::size_t partitions) {
    if (keys.less)
        return 1; // without a hash no key says where it belongs
    if (partitions == 0)
        partitions = std::min(most_shards, shards_for_each_processor *
                                               std::max(1U, std::thread::hardware_concurrency()));
    return partitions;
}

} // namespace

// --- the entries of a process ---

bool key_owners::add(key_entry& e) {
    owners_part& part = part_of(e.process);
    const std::lock_guard hold{part.lock};
    if (!name_table::note_keys(e.process))
        return false;
    const auto [at, is_first] = part.oldest.try_emplace(e.process, &e);
    key_entry* const first = at->second;
    if (is_first)
        e.before_ = e.after_ = &e;
    else {
        e.before_ = first->before_;
        e.after_ = first;
        e.before_->after_ = &e;
        first->before_ = &e;
    }
    return true;
}

void key_owners::remove(key_entry& e, key_entry*& first) noexcept {
    if (e.after_ == &e)
        part_of(e.process).oldest.erase(e.process);
    else if (first == &e)
        first = e.after_;
    e.before_->after_ = e.after_;
    e.after_->before_ = e.before_;
    e.before_ = e.after_ = nullptr;
}

void key_owners::remove(key_entry& e) noexcept {
    owners_part& part = part_of(e.process);
    const std::lock_guard hold{part.lock};
    remove(e, part.oldest.find(e.process)->second);
}

void key_owners::replace(key_entry& e, key_entry& next) noexcept {
    owners_part& part = part_of(e.process);
    const std::lock_guard hold{part.lock};
    if (e.after_ == &e)
        next.before_ = next.after_ = &next;
    else {
        next.before_ = e.before_;
        next.after_ = e.after_;
        next.before_->after_ = &next;
        next.after_->before_ = &next;
    }
    key_entry*& first = part.oldest.find(e.process)->second;
    if (first == &e)
        first = &next;
    e.before_ = e.after_ = nullptr;
}

std::vector<key_entry_ptr> key_owners::entries_of(pid process, const key_table& in) {
    std::vector<key_entry_ptr> all;
    owners_part& part = part_of(process);
    const std::lock_guard hold{part.lock};
    const auto at = part.oldest.find(process);
    if (at == part.oldest.end())
        return all;
    key_entry* e = at->second;
    do {
        if (key_shard::table_of(*e) == &in)
            all.emplace_back(e);
        e = e->after_;
    } while (e != at->second);
    return all;
}

key_entry* key_owners::find(pid process, hashed_key k, key_entry& first) {
    owners_part& part = part_of(process);
    const std::lock_guard hold{part.lock};
    const auto at = part.oldest.find(process);
    if (at == part.oldest.end())
        return nullptr;
    key_entry* of_key = &first;
    key_entry* of_process = at->second;
    do {
        if (of_key->process == process)
            return of_key;
        if (of_process->shard_ == first.shard_ && first.shard_->has_key(*of_process, k))
            return of_process;
        of_key = of_key->newer_;
        of_process = of_process->after_;
    } while (of_key != &first && of_process != at->second);
    return nullptr;
}

void key_owners::release(pid process) noexcept {
    owners_part& part = part_of(process);
    std::size_t n = 0;
    for (bool more = true; more;) {
        // There may be a million: others run meanwhile. A process that is taken back is not the
        // running one.
        if (++n % at_once == 0 && current_process() == slot_of(process))
            this_worker->yield();
        key_entry_ptr gone; // is destroyed without a lock: that is code of the user
        std::unique_lock hold_part{part.lock};
        auto at = part.oldest.find(process);
        if (at == part.oldest.end())
            return;
        key_shard& s = *at->second->shard_;
        std::unique_lock hold{s.lock, std::try_to_lock};
        if (!hold) { // the shard's lock comes first
            hold_part.unlock();
            hold.lock();
            hold_part.lock();
            at = part.oldest.find(process);
            if (at == part.oldest.end() || at->second->shard_ != &s)
                continue;
        }
        key_entry& oldest = *at->second;
        more = oldest.after_ != &oldest; // it can get no entry any more
        remove(oldest, at->second);
        hold_part.unlock();
        gone = s.take_out_without_owner(oldest);
        if (key_observer* const o = s.observer())
            o->exited(*gone);
    }
}

// --- the table ---

key_table::key_table(const key_operations& keys,
                     kind k,
                     std::size_t partitions,
                     key_observer* observer)
    : keys_{keys}, kind_{k} {
    struct owner {
        std::vector<key_shard*> shards;
        ~owner() {
            for (key_shard* s : shards)
                key_shard::give_back(s);
        }
    } made;
    const std::size_t n = shards_wanted(keys, partitions);
    made.shards.reserve(n);
    while (made.shards.size() < n)
        made.shards.push_back(key_shard::acquire(*this, keys_, observer));
    // `all` holds the locks of all shards. A shard is used again by another table, at another
    // place: by address all tables lock in one order.
    std::sort(made.shards.begin(), made.shards.end(), std::less<>{});
    shards_.swap(made.shards);
}

key_table::~key_table() {
    for (key_shard* s : shards_) {
        std::uint32_t cursor = ~std::uint32_t{0};
        for (bool more = true; more;) {
            key_entry_ptr gone;
            const std::lock_guard hold{s->lock};
            key_entry* const e = s->any(cursor);
            more = e != nullptr;
            if (e)
                gone = s->take_out(*e);
        }
        key_shard::give_back(s);
    }
}

key_shard& key_table::shard_of(std::uint32_t hash) const noexcept {
    return *shards_[std::uint64_t{hash} * shards_.size() >> 32]; // buckets go by the low bits
}

namespace {
std::uint32_t upper_half(std::size_t hash) noexcept {
    return static_cast<std::uint32_t>(hash >> 32);
}
} // namespace

// --- reading ---

keyed_process key_table::find(hashed_key k) const {
    key_shard& s = shard_of(upper_half(k.hash));
    const reading hold{s.lock};
    const key_entry* const e = s.find(k);
    return e ? keyed_process{e->process, e->makers} : keyed_process{};
}

key_entry_ptr key_table::first_of(hashed_key k) const {
    key_shard& s = shard_of(upper_half(k.hash));
    const reading hold{s.lock};
    return key_entry_ptr{s.find(k)};
}

std::vector<key_entry_ptr> key_table::all_of(hashed_key k) const {
    std::vector<key_entry_ptr> all;
    key_shard& s = shard_of(upper_half(k.hash));
    const reading hold{s.lock};
    key_shard::for_each_of_key(s.find(k), [&](key_entry& e) { all.emplace_back(&e); });
    return all;
}

std::vector<keyed_process> key_table::processes_of(hashed_key k) const {
    std::vector<keyed_process> all;
    key_shard& s = shard_of(upper_half(k.hash));
    const reading hold{s.lock};
    s.append_processes(k, all);
    return all;
}

std::vector<keyed_process> key_table::processes_of(hashed_key k, locked_step then) const {
    std::vector<keyed_process> all;
    key_shard& s = shard_of(upper_half(k.hash));
    const std::lock_guard hold{s.lock};
    s.append_processes(k, all);
    then();
    return all;
}

std::size_t key_table::count(hashed_key k) const {
    std::size_t n = 0;
    key_shard& s = shard_of(upper_half(k.hash));
    const reading hold{s.lock};
    key_shard::for_each_of_key(s.find(k), [&](key_entry&) { ++n; });
    return n;
}

std::vector<key_entry_ptr> key_table::all() const {
    std::vector<key_entry_ptr> all;
    all.reserve(size());
    for (key_shard* s : shards_) {
        const reading hold{s->lock};
        s->for_each([&](key_entry& e) { all.emplace_back(&e); });
    }
    return all;
}

std::vector<key_entry_ptr> key_table::all(locked_step then) const {
    std::vector<key_entry_ptr> all;
    std::vector<std::unique_lock<biased_lock>> hold;
    hold.reserve(shards_.size());
    for (key_shard* s : shards_)
        hold.emplace_back(s->lock);
    all.reserve(size());
    for (key_shard* s : shards_)
        s->for_each([&](key_entry& e) { all.emplace_back(&e); });
    then();
    return all;
}

std::vector<key_entry_ptr> key_table::keys() const {
    std::vector<key_entry_ptr> all;
    for (key_shard* s : shards_) {
        const reading hold{s->lock};
        s->for_each_key([&](key_entry& e) { all.emplace_back(&e); });
    }
    return all;
}

std::size_t key_table::size() const noexcept {
    std::size_t n = 0;
    for (const key_shard* s : shards_)
        n += s->size();
    return n;
}

std::vector<key_entry_ptr> key_table::entries_of(pid process) const {
    return key_owners::entries_of(process, *this);
}

// --- changing ---

key_table::outcome key_table::add(hashed_key k, const key_entry_ptr& e, pid* holder) {
    key_shard& s = shard_of(upper_half(k.hash));
    const std::lock_guard hold{s.lock};
    key_entry* const first = s.find(k);
    if (first && kind_ == kind::unique) {
        if (holder)
            *holder = first->process;
        return outcome::taken;
    }
    return s.add(k, e, first) ? outcome::added : outcome::dead;
}

void key_table::add_all(hashed_key k, std::span<const key_entry_ptr> entries, locked_step then) {
    std::vector<const key_entry*> dead;
    key_shard& s = shard_of(upper_half(k.hash));
    const std::lock_guard hold{s.lock};
    for (const key_entry_ptr& e : entries)
        if (!s.add(k, e, s.find(k)))
            dead.push_back(e.get());
    then();
    if (key_observer* const o = s.observer())
        for (std::size_t i = 0; i < dead.size(); ++i) { // one process after another
            if (!dead[i])
                continue;
            const pid process = dead[i]->process;
            for (std::size_t j = i; j < dead.size(); ++j)
                if (dead[j] && dead[j]->process == process)
                    o->exited(*std::exchange(dead[j], nullptr));
        }
}

bool key_table::remove(const key_entry_ptr& e) {
    key_entry_ptr gone;
    key_shard& s = shard_of(e->hash_);
    const std::lock_guard hold{s.lock};
    if (e->shard_ != &s)
        return false;
    gone = s.take_out(*e);
    return true;
}

std::size_t key_table::remove_all(hashed_key k, pid process) {
    std::vector<key_entry_ptr> gone;
    key_shard& s = shard_of(upper_half(k.hash));
    const std::lock_guard hold{s.lock};
    for (key_entry* first = s.find(k); first; first = s.find(k)) {
        key_entry* const e = key_owners::find(process, k, *first);
        if (!e)
            break;
        gone.emplace_back(); // it may fail: before the change
        gone.back() = s.take_out(*e);
    }
    return gone.size();
}

std::size_t key_table::remove_each(hashed_key k, std::span<const pid> processes, locked_step then) {
    std::vector<key_entry_ptr> gone;
    gone.reserve(processes.size());
    key_shard& s = shard_of(upper_half(k.hash));
    const std::lock_guard hold{s.lock};
    for (const pid p : processes) {
        key_entry* const first = s.find(k);
        if (key_entry* const e = first ? key_owners::find(p, k, *first) : nullptr)
            gone.push_back(s.take_out(*e));
    }
    if (!gone.empty())
        then();
    return gone.size();
}

bool key_table::replace(const key_entry_ptr& e, const key_entry_ptr& next) {
    key_entry_ptr gone;
    key_shard& s = shard_of(e->hash_);
    const std::lock_guard hold{s.lock};
    if (e->shard_ != &s)
        return false;
    gone = s.replace(*e, next);
    return true;
}

void post_notice(pid to, envelope* n) {
    const runtime_guard here; // a plain thread may be the one that makes the change
    if (!here.runtime())
        return n->ops->drop(n);
    unsigned depth = 0;
    switch (push(to, n, depth)) {
    case pushed::refused:
        return n->ops->drop(n);
    case pushed::claimed:
        return schedule(*slot_of(to));
    case pushed::queued:
        if (depth == mailbox_word::depth_mask) [[unlikely]]
            note_deep_push(to);
        return;
    }
}

} // namespace coppice::detail
