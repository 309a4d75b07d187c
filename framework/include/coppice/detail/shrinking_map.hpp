// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <boost/unordered/unordered_flat_map.hpp>
#include <coppice/detail/envelope.hpp>
#include <functional>

namespace coppice::detail {

/// A hash map that becomes smaller again: Boost's keeps the size of its best days, and a supervisor
/// that once had a million children would keep a hundred megabytes.
template <class Key, class Value, class Hash = std::hash<Key>>
class shrinking_map
    : public boost::unordered_flat_map<Key,
                                       Value,
                                       Hash,
                                       std::equal_to<Key>,
                                       cell_allocator<std::pair<const Key, Value>>> {
    using base = typename shrinking_map::unordered_flat_map;

public:
    using base::base;

    std::size_t erase(const Key& key) {
        const std::size_t n = base::erase(key);
        shrink();
        return n;
    }

private:
    void shrink() {
        constexpr std::size_t small = 1024, sparse = 8;
        if (this->bucket_count() <= small || this->size() >= this->bucket_count() / sparse)
            return;
        try {
            this->rehash(0);
        } catch (const std::bad_alloc&) {
            return; // it stays large
        }
    }
};

} // namespace coppice::detail
