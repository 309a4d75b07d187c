// SPDX-License-Identifier: BSL-1.0
#include <coppice/detail/partition_table.hpp>
#include <fmt/format.h>
#include <stdexcept>

namespace coppice::detail {

std::size_t partition_table::size() const noexcept {
    const partition_texts* const now = now_.load(std::memory_order_acquire);
    return now ? now->names.size() : 0;
}

std::string_view partition_table::by_hash(std::size_t hash) const noexcept {
    // Acquire: pairs with the release in `resize`, so the texts are there. They stay valid: a table
    // is kept when another takes its place.
    const partition_texts* const now = now_.load(std::memory_order_acquire);
    if (!now)
        return {};
    return now->names[hash % now->names.size()];
}

std::string_view partition_table::by_number(std::size_t partition) const {
    // Acquire: as above.
    const partition_texts* const now = now_.load(std::memory_order_acquire);
    if (!now)
        return {};
    if (partition >= now->names.size())
        throw std::out_of_range{fmt::format("coppice: the partitions `{}` are {}, numbered from 0; "
                                            "there is no partition {}",
                                            name_, now->names.size(), partition)};
    return now->names[partition];
}

std::shared_ptr<const partition_texts> partition_table::resize(std::size_t partitions) {
    const std::lock_guard hold{lock_};
    for (const auto& known : all_)
        if (known->names.size() == partitions) {
            now_.store(known.get(), std::memory_order_release); // as below
            return known;
        }
    auto made = std::make_shared<partition_texts>();
    made->names.reserve(partitions);
    for (std::size_t i = 0; i < partitions; ++i)
        made->names.push_back(fmt::format("{}/{}", name_, i));
    all_.push_back(made);
    // Release: a client that sees the table sees its texts.
    now_.store(made.get(), std::memory_order_release);
    return made;
}

} // namespace coppice::detail
