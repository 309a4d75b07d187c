// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <coppice/detail/key_table.hpp>

namespace coppice::detail {

/// The entries of each process in all tables.
///
/// A process that has had one has a bit in its slot's name word (name_table.hpp): one that never
/// had any pays nothing at its exit.
class key_owners {
public:
    /// Under the lock of the entry's shard. False: the process has exited.
    static bool add(key_entry& e);
    /// Under the lock of the entry's shard.
    static void remove(key_entry& e) noexcept;
    static void replace(key_entry& e, key_entry& next) noexcept;
    /// Those in one table, oldest first.
    static std::vector<key_entry_ptr> entries_of(pid process, const key_table& in);
    /// The oldest entry of a process among those of a key, whose oldest is `first`; null if there
    /// is none. Costs as much as the shorter of the two lists is long. Under the shard's lock.
    static key_entry* find(pid process, hashed_key k, key_entry& first);

    /// The process exits and can get no entry any more: takes all out of their tables.
    static void release(pid process) noexcept;

private:
    /// Under the owner's lock, too; `first`: where its process's oldest entry stands.
    static void remove(key_entry& e, key_entry*& first) noexcept;
};

} // namespace coppice::detail
