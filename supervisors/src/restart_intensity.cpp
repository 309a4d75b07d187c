// SPDX-License-Identifier: BSL-1.0
#include <algorithm>
#include <boost/assert.hpp>
#include <coppice/restart_intensity.hpp>

namespace coppice {

bool restart_intensity::record(clock::time_point now) {
    BOOST_ASSERT(restarts_.empty() || restarts_.back() <= now);
    restarts_.push_back(now);
    while (now - restarts_.front() > limits_.period.length()) // ends at the latest at `now` itself
        restarts_.pop_front();
    return restarts_.size() <= limits_.max_restarts;
}

std::size_t restart_intensity::left(clock::time_point now) const {
    const auto recent = std::find_if(restarts_.begin(), restarts_.end(),
                                     [&](auto at) { return now - at <= limits_.period.length(); });
    const auto used = static_cast<std::size_t>(restarts_.end() - recent);
    return used < limits_.max_restarts ? limits_.max_restarts - used : 0;
}

} // namespace coppice
