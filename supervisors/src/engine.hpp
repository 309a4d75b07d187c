// SPDX-License-Identifier: BSL-1.0
#pragma once
#include "messages.hpp"
#include <coppice/backoff.hpp>
#include <coppice/check_spec.hpp>
#include <memory>

namespace coppice::detail {

/// What a supervisor does, behind its server class: one kind for children with ids and an order,
/// one for children that are known by their process.
///
/// Context: the supervisor's own process, which traps exits.
class engine {
public:
    virtual ~engine() = default;

    /// Starts the first children. Ends the process if one fails.
    virtual void init() {}

    virtual result<started_child> start(start_child_request request) = 0;
    virtual result<void> terminate(const child_key& which) = 0;
    virtual result<started_child> restart(const std::string& id) = 0;
    virtual result<void> remove(const std::string& id) = 0;
    virtual result<child_spec> spec(const child_key& which) = 0;
    virtual std::vector<child_info> list() = 0;
    virtual child_counts count() = 0;

    /// A linked process has ended; it may be no child at all.
    virtual void ended(pid process, const exit_reason& why) = 0;
    virtual void try_again(const try_again_restart& which) = 0;
    /// Stops all children.
    virtual void stop_all() = 0;
    /// One line for people.
    virtual std::string status() = 0;

protected:
    /// Calls `try_again(which)`, behind what waits in the mailbox. The bound of the mailbox does not count
    /// it, so it is never refused; and a start function that receives messages does not meet it.
    void send_retry(try_again_restart which);
    /// The same when `delay` has passed.
    void send_retry_after(backoff::duration delay, try_again_restart which);
};

/// Flags and specs have been checked.
std::unique_ptr<engine> make_tree_engine(supervisor_spec spec);
std::unique_ptr<engine> make_simple_engine(supervisor_spec spec);
std::unique_ptr<engine> make_dynamic_engine(const supervisor_flags& flags,
                                            std::size_t max_children);

} // namespace coppice::detail
