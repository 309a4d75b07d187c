// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <coppice/backoff.hpp>
#include <coppice/child_info.hpp>
#include <coppice/detail/shrinking_map.hpp>
#include <list>
#include <string_view>

namespace coppice::detail {

/// A child with its process, as its supervisor knows it.
struct child {
    child_spec spec;
    child_status status = child_status::stopped;
    pid process = {};
    time_limit::clock::time_point started_at = {};
    std::size_t starts = 0;   // that gave a process
    std::size_t failures = 0; // in a row, as the backoff counts them
    std::uint64_t wait = 0;   // the delayed restart that it waits for; others are obsolete
};

/// The children of a supervisor, in the order in which they were started.
///
/// Shape: a list that keeps the order, and two indexes into it; every operation takes the same
/// time however many children there are.
/// Context: the supervisor's process only.
class child_table {
public:
    using iterator = std::list<child>::iterator;

    /// Appends a child that does not run. Its id must be new.
    iterator add(child_spec spec);
    void remove(iterator c);

    iterator find(std::string_view id);
    iterator find(pid process);

    void set_running(iterator c, pid process);
    void set_stopped(iterator c);
    void set_restarting(iterator c);

    iterator begin() { return order_.begin(); } ///< oldest first
    iterator end() { return order_.end(); }
    std::size_t size() const { return order_.size(); }

private:
    void forget_process(iterator c);

    std::list<child> order_;
    shrinking_map<std::string_view, iterator> by_id_; // views of the specs' own ids
    shrinking_map<pid, iterator> by_process_;         // running ones only
};

} // namespace coppice::detail
