// SPDX-License-Identifier: BSL-1.0
#pragma once
#include "child_table.hpp"
#include "engine.hpp"
#include "plan.hpp"
#include <coppice/restart_intensity.hpp>

namespace coppice::detail {

/// one_for_one, one_for_all, rest_for_one: children with ids, in an order.
///
/// Source: OTP, supervisor.erl; the numbered rules are in docs/reference/guarantees.md.
class ordered_engine final : public engine {
public:
    /// Flags and specs have been checked.
    explicit ordered_engine(supervisor_spec spec);

    void init() override;
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
    using iterator = child_table::iterator;

    iterator find(const child_key& which);
    /// For what needs a child that does not run.
    result<iterator> find_stopped(const std::string& id);
    std::vector<child_view> views();
    start_result start_one(iterator c);
    void stop_one(iterator c);
    void restart_counted(iterator c);
    void restart_now(iterator c);
    void restart_later(iterator c, backoff::duration delay);
    std::vector<iterator> scope(iterator c, std::size_t& died);
    void forget_or_keep(iterator c);

    supervisor_flags flags_;
    restart_intensity intensity_;
    child_table children_;
    std::uint64_t waits_ = 0;
};

} // namespace coppice::detail
