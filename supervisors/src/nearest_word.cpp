// SPDX-License-Identifier: BSL-1.0
#include "nearest_word.hpp"

#include <algorithm>
#include <vector>

namespace coppice::detail {

// "Optimal string alignment": three rows of the table of distances between the beginnings of both.
std::size_t edit_distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> before_last(b.size() + 1), last(b.size() + 1), now(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j)
        now[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        std::swap(before_last, last);
        std::swap(last, now);
        now[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            now[j] = std::min({last[j] + 1, now[j - 1] + 1, last[j - 1] + (a[i - 1] != b[j - 1])});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                now[j] = std::min(now[j], before_last[j - 2] + 1);
        }
    }
    return now[b.size()];
}

std::optional<std::string_view> nearest_word(std::string_view wrong,
                                             std::span<const std::string_view> words) {
    std::optional<std::string_view> nearest;
    std::size_t least = std::max<std::size_t>(2, wrong.size() / 3) + 1;
    for (const std::string_view w : words)
        if (const std::size_t d = edit_distance(wrong, w); d < least && d < w.size()) {
            nearest = w;
            least = d;
        }
    return nearest;
}

} // namespace coppice::detail
