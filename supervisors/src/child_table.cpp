// SPDX-License-Identifier: BSL-1.0
#include "child_table.hpp"

#include <boost/assert.hpp>

namespace coppice::detail {

child_table::iterator child_table::add(child_spec spec) {
    order_.push_back({.spec = std::move(spec)});
    const auto c = std::prev(order_.end());
    const bool is_new = by_id_.emplace(c->spec.id, c).second;
    BOOST_ASSERT(is_new);
    static_cast<void>(is_new);
    return c;
}

void child_table::remove(iterator c) {
    forget_process(c);
    by_id_.erase(c->spec.id);
    order_.erase(c);
}

child_table::iterator child_table::find(std::string_view id) {
    const auto found = by_id_.find(id);
    return found == by_id_.end() ? order_.end() : found->second;
}

child_table::iterator child_table::find(pid process) {
    const auto found = by_process_.find(process);
    return found == by_process_.end() ? order_.end() : found->second;
}

void child_table::set_running(iterator c, pid process) {
    forget_process(c);
    // A start that returned `ignore` leaves a stopped child without a process. It is not a failure.
    c->status = process ? child_status::running : child_status::stopped;
    c->process = process;
    if (!process)
        return;
    ++c->starts;
    by_process_.insert_or_assign(process, c);
}

void child_table::set_stopped(iterator c) {
    forget_process(c);
    c->status = child_status::stopped;
}

void child_table::set_restarting(iterator c) {
    forget_process(c);
    c->status = child_status::restarting;
}

void child_table::forget_process(iterator c) {
    if (!c->process)
        return;
    by_process_.erase(c->process);
    c->process = {};
}

} // namespace coppice::detail
