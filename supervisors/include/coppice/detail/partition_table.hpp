// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <atomic>
#include <coppice/child.hpp>
#include <functional>
#include <mutex>

namespace coppice {
struct partition_supervisor_flags;
class partition_supervisor;
template <class S>
class partitions;
} // namespace coppice

namespace coppice::detail {

/// The names of so many partitions.
struct partition_texts {
    std::vector<std::string> names;
};

/// What clients and the supervisor of partitions share: how many there are, and their names.
///
/// Shape: a table is never changed after it is published, and is kept as long as this, because
/// clients hold views of its texts. There is one for each number of partitions that was ever used.
/// Context: any thread; readers take no lock.
class partition_table {
public:
    explicit partition_table(std::string name) : name_{std::move(name)} {}

    std::string_view name() const noexcept { return name_; }
    std::size_t size() const noexcept;
    /// Empty while there are no partitions.
    std::string_view by_hash(std::size_t hash) const noexcept;
    /// The same. Errors: std::out_of_range.
    std::string_view by_number(std::size_t partition) const;

    /// By the supervisor, before it starts the partitions.
    std::shared_ptr<const partition_texts> resize(std::size_t partitions);

private:
    std::string name_;
    std::atomic<const partition_texts*> now_{nullptr};
    std::mutex lock_; // for `all_`
    std::vector<std::shared_ptr<const partition_texts>> all_;
};

// --- keys ---

template <class Key>
concept text_key = std::convertible_to<const Key&, std::string_view>;
template <class Key>
concept std_hashed = requires(const Key& k) {
    { std::hash<Key>{}(k) } -> std::convertible_to<std::size_t>;
};

template <class Key>
constexpr auto explain_partition_key() {
    constexpr bool has_hash = std::integral<Key> || text_key<Key> || std_hashed<Key>;
    static_assert(has_hash,
                  "coppice: a key of partitions is a whole number, a text, or a type with "
                  "a std::hash: give this one a std::hash");
    return std::bool_constant<has_hash>{};
}

/// Elixir takes a whole number as it is, without its sign, and hashes everything else.
template <class Key>
std::size_t partition_hash(const Key& key) noexcept {
    if constexpr (std::integral<Key>) {
        const auto n = static_cast<std::size_t>(key);
        if constexpr (std::is_signed_v<Key>)
            return key < 0 ? std::size_t{0} - n : n;
        else
            return n;
    } else {
        std::size_t h = 0;
        if constexpr (text_key<Key>)
            h = std::hash<std::string_view>{}(std::string_view{key});
        else
            h = std::hash<Key>{}(key);
        // A hash may be the value itself, and addresses are multiples of 16: spread them.
        return static_cast<std::size_t>((h * 0x9e3779b97f4a7c15ULL) >> 32);
    }
}

// --- specs ---

template <class S, class F>
constexpr auto explain_partition_maker() {
    constexpr bool makes = [] {
        if constexpr (std::is_invocable_v<const F&, std::size_t>)
            return std::is_same_v<std::invoke_result_t<const F&, std::size_t>, S>;
        else
            return false;
    }();
    static_assert(makes, "coppice: child_from for partitions: the function takes the number of the "
                         "partition, a size_t, and returns its server by value");
    constexpr bool copies = !makes || std::is_copy_constructible_v<F>;
    static_assert(copies, "coppice: child_from for partitions: each partition gets a copy of the "
                          "function, and this one cannot be copied");
    return std::bool_constant < makes && copies > {};
}

struct partition_start;
struct partition_access;

} // namespace coppice::detail
