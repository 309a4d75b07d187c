// SPDX-License-Identifier: BSL-1.0
#pragma once
#include "messages.hpp"
#include <coppice/backoff.hpp>
#include <coppice/check_spec.hpp>
#include <memory>

namespace coppice::detail {

/// The children of a supervisor and what it does with them. The server class calls it.
///
/// `ordered_engine` has children with ids and an order, `dynamic_engine` children that are known by
/// their process.
///
/// Context: the supervisor's own process, which traps exits.
class engine {
public:
    virtual ~engine() = default;

    /// Starts the children of the spec. The supervisor exits if a start fails.
    virtual void init() {}

    virtual result<started_child> start(start_child_request request) = 0;
    virtual result<void> terminate(const child_key& which) = 0;
    virtual result<started_child> restart(const std::string& id) = 0;
    virtual result<void> remove(const std::string& id) = 0;
    virtual result<child_spec> spec(const child_key& which) = 0;
    virtual std::vector<child_info> list() = 0;
    virtual result<child_info> info(const std::string& id) = 0;
    virtual oldest_children oldest(std::size_t at_most) = 0;
    virtual child_counts count() = 0;

    /// Handles the exit of a linked process, which need not be a child.
    virtual void ended(pid process, const exit_reason& why) = 0;
    virtual void try_again(const try_again_restart& which) = 0;
    /// Stops all children.
    virtual void stop_all() = 0;
    /// One line of text for `format_status`.
    virtual std::string status() = 0;

protected:
    /// Calls `try_again(which)` after the messages that are in the mailbox now. The mailbox limit
    /// does not count it, so it is never refused; a start function that receives does not see it.
    void send_retry(try_again_restart which);
    /// The same when `delay` has passed.
    void send_retry_after(backoff::duration delay, try_again_restart which);
};

/// Flags and specs have been checked.
std::unique_ptr<engine> make_ordered_engine(supervisor_spec spec);
std::unique_ptr<engine> make_simple_engine(supervisor_spec spec);
std::unique_ptr<engine> make_dynamic_engine(const supervisor_flags& flags,
                                            std::size_t max_children,
                                            start_args extra_arguments);

} // namespace coppice::detail
