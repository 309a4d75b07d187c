// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <algorithm>
#include <cstddef>
#include <vector>

namespace coppice::detail {

/// Removes elements as long as `fails` holds of the rest: ever smaller pieces first, then one by
/// one until none can be spared. `fails` holds of `all`; it need not be monotonic.
///
/// Source: Zeller, Hildebrandt, "Simplifying and Isolating Failure-Inducing Input": delta
/// debugging, without the complements of single pieces.
template <class T, class Fails>
std::vector<T> minimal_subset(std::vector<T> all, Fails fails) {
    for (std::size_t piece = all.size(); piece > 0;) {
        bool removed = false;
        for (std::size_t at = 0; at < all.size();) {
            std::vector<T> fewer = all;
            const auto from = fewer.begin() + static_cast<std::ptrdiff_t>(at);
            const std::size_t count = std::min(piece, all.size() - at);
            fewer.erase(from, from + static_cast<std::ptrdiff_t>(count));
            if (fails(fewer)) {
                all = std::move(fewer);
                removed = true;
            } else
                at += piece;
        }
        if (piece > 1)
            piece /= 2;
        else if (!removed)
            break;
    }
    return all;
}

} // namespace coppice::detail
