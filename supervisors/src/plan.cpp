// SPDX-License-Identifier: BSL-1.0
#include "plan.hpp"

#include <algorithm>
#include <boost/assert.hpp>

namespace coppice::detail {

after_exit decide_exit(restart_type type, const exit_reason& why) {
    switch (type) {
    case permanent:
        return after_exit::restart;
    case transient:
        return why.is_orderly() ? after_exit::keep : after_exit::restart;
    case temporary:
        return after_exit::forget;
    }
    BOOST_ASSERT_MSG(false, "no such restart type");
    return after_exit::forget;
}

bool is_reported(restart_type type, const exit_reason& why) {
    return type == permanent || !why.is_orderly();
}

bool decide_auto_shutdown(auto_shutdown when, bool significant, std::span<const child_view> rest) {
    if (!significant)
        return false;
    switch (when) {
    case auto_shutdown::never:
        return false;
    case auto_shutdown::any_significant:
        return true;
    case auto_shutdown::all_significant:
        return std::none_of(rest.begin(), rest.end(), [](const child_view& c) {
            return c.significant && c.status != child_status::stopped;
        });
    }
    BOOST_ASSERT_MSG(false, "no such auto_shutdown");
    return false;
}

namespace {

// Stops and starts the children from `first` on. The dead child needs no stop. A sibling between
// two attempts is stopped too, so that its own next attempt does not overtake this plan.
std::vector<step> renew(std::span<const child_view> children, std::size_t first, std::size_t died) {
    std::vector<step> steps;
    for (std::size_t i = children.size(); i-- > first;) {
        if (i != died && children[i].status != child_status::stopped)
            steps.push_back({step::kind::stop, i});
        if (children[i].restart == temporary)
            steps.push_back({step::kind::forget, i});
    }
    for (std::size_t i = first; i < children.size(); ++i)
        if (children[i].restart != temporary)
            steps.push_back({step::kind::start, i});
    return steps;
}

} // namespace

std::vector<step> plan_restart(restart_strategy how,
                               std::span<const child_view> children,
                               std::size_t died) {
    BOOST_ASSERT(died < children.size());
    BOOST_ASSERT(children[died].status != child_status::running);
    BOOST_ASSERT(children[died].restart != temporary);
    switch (how) {
    case one_for_one:
    case simple_one_for_one:
        return {{step::kind::start, died}};
    case one_for_all:
        return renew(children, 0, died);
    case rest_for_one:
        return renew(children, died, died);
    }
    BOOST_ASSERT_MSG(false, "no such strategy");
    return {};
}

std::vector<std::vector<std::size_t>> plan_shutdown(restart_strategy how,
                                                    std::span<const child_view> children) {
    std::vector<std::size_t> living; // oldest first
    for (std::size_t i = 0; i < children.size(); ++i)
        if (children[i].status == child_status::running)
            living.push_back(i);
    if (living.empty())
        return {};
    if (how == simple_one_for_one)
        return {std::move(living)};
    std::vector<std::vector<std::size_t>> groups;
    for (auto i = living.rbegin(); i != living.rend(); ++i)
        groups.push_back({*i});
    return groups;
}

bool stopped_as_told(restart_type type, bool brutal, const exit_reason& why) {
    if (why == (brutal ? exit_reason::killed : exit_reason::shutdown))
        return true;
    return type != permanent && why.is_orderly();
}

} // namespace coppice::detail
