// SPDX-License-Identifier: BSL-1.0
#include <algorithm>
#include <boost/assert.hpp>
#include <coppice/backoff.hpp>

namespace coppice {

backoff::duration backoff::delay(std::size_t failures, double random) const {
    BOOST_ASSERT(failures >= 1 && random >= 0 && random < 1);
    if (!enabled())
        return duration::zero();
    const duration most = max;
    duration whole = min;
    // Doubling stops before `max` is passed, so it cannot overflow.
    for (std::size_t i = 1; i < failures && whole < most; ++i)
        whole = whole > most / 2 ? most : whole * 2;
    whole = std::min(whole, std::max(min, max).length());
    const double share = std::clamp(jitter, 0.0, 1.0) * random;
    return whole - duration{static_cast<duration::rep>(static_cast<double>(whole.count()) * share)};
}

} // namespace coppice
