// SPDX-License-Identifier: BSL-1.0
#pragma once
#include "engine.hpp"
#include <coppice/detail/shrinking_map.hpp>
#include <coppice/restart_intensity.hpp>
#include <list>

namespace coppice::detail {

/// Many children, each known by its process and independent of its siblings.
///
/// Two kinds of supervisor use it: simple_one_for_one, where all children come from one template,
/// and dynamic_supervisor, where each child has its own spec.
///
/// Shape: a list that keeps the order, and an index by process; starting, ending and finding a
/// child take the same time however many there are.
/// Source: OTP, supervisor.erl; Elixir, DynamicSupervisor.
class dynamic_engine final : public engine {
public:
    dynamic_engine(const supervisor_flags& flags,
                   std::shared_ptr<const child_spec> the_template,
                   std::size_t max_children,
                   start_args extra_arguments = {});

    result<started_child> start(start_child_request request) override;
    result<void> terminate(const child_key& which) override;
    result<started_child> restart(const std::string& id) override;
    result<void> remove(const std::string& id) override;
    result<child_spec> spec(const child_key& which) override;
    std::vector<child_info> list() override;
    result<child_info> info(const std::string& id) override;
    oldest_children oldest(std::size_t at_most) override;
    child_counts count() override;
    void ended(pid process, const exit_reason& why) override;
    void try_again(const try_again_restart& which) override;
    void stop_all() override;
    std::string status() override;

private:
    struct member {
        std::shared_ptr<const child_spec> spec;
        start_args args;
        pid process; // while it is restarting: the incarnation that ended
        child_status status = child_status::running;
        time_limit::clock::time_point started_at = {};
        std::size_t restarts = 0;
        std::size_t failures = 0; // in a row
        std::uint64_t wait = 0;   // which delayed restart it waits for
    };
    using iterator = std::list<member, cell_allocator<member>>::iterator;

    child_info info_of(const member& m) const;
    result<std::shared_ptr<child_spec>> own_spec(start_child_request& request) const;
    start_result start_one(const child_spec& spec, const start_args& args) const;
    iterator find(const child_key& which);
    void forget(iterator m);
    void restart_counted(iterator m);
    void restart_now(iterator m);

    supervisor_flags flags_;
    restart_intensity intensity_;
    std::shared_ptr<const child_spec> template_; // null: each child has its own
    std::size_t max_children_;
    start_args extra_arguments_; // of children that have their own spec
    bool has_warned_ = false;    // that intensities multiply: once, however many children come
    std::list<member, cell_allocator<member>> members_; // oldest first
    shrinking_map<pid, iterator> by_process_;
    std::size_t running_ = 0;
    std::size_t supervisors_ = 0;
    std::uint64_t waits_ = 0;
};

} // namespace coppice::detail
