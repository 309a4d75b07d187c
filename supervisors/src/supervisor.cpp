// SPDX-License-Identifier: BSL-1.0
// The server's side of both kinds of supervisor.
#include <coppice/supervisor.hpp>

#include "application_master.hpp"
#include "engine.hpp"
#include "intensity_check.hpp"
#include "messages.hpp"
#include "reports.hpp"
#include <coppice/dynamic_supervisor.hpp>
#include <coppice/partition_supervisor.hpp>
#include <coppice/runtime.hpp>
#include <coppice/this_process.hpp>

namespace coppice {

namespace {

using namespace detail;

// A supervisor with a wrong spec exits before it starts a child.
std::unique_ptr<engine> checked_engine(supervisor_spec spec,
                                       supervisor_kind kind = supervisor_kind::ordered) {
    auto good = check_supervisor(std::move(spec));
    if (!good)
        this_process::exit(good.error().reason);
    if (!is_checked_from_above())
        warn_where_intensities_multiply(intensity_level(good->flags, kind), good->children);
    if (good->flags.strategy == simple_one_for_one)
        return make_simple_engine(std::move(*good));
    return make_ordered_engine(std::move(*good));
}

std::unique_ptr<engine> checked_dynamic_engine(const dynamic_supervisor_flags& f) {
    auto good = check_supervisor_flags(supervisor_flags{.strategy = simple_one_for_one,
                                                        .intensity = f.intensity,
                                                        .period = f.period,
                                                        .backoff = f.backoff});
    if (!good)
        this_process::exit(exit_reason::tagged("supervisor_data", good.error().reason));
    good->intensity_warning = f.intensity_warning;
    return make_dynamic_engine(*good, f.max_children, f.extra_arguments);
}

std::unique_ptr<engine> partition_engine(const partition_start& how) {
    const partition_supervisor_flags& f = how.flags;
    if (f.strategy == simple_one_for_one)
        this_process::exit(exit_reason::tagged(
            "supervisor_data",
            exit_reason::tagged("invalid_strategy", exit_reason{to_string(f.strategy)})));
    const std::size_t n = f.partitions > 0 ? f.partitions : runtime::thread_count();
    const std::shared_ptr<const partition_texts> names = how.table->resize(n);
    std::vector<child_spec> children;
    children.reserve(n);
    for (std::size_t i = 0; i < n; ++i) {
        child_spec c = how.each(i);
        c.id = std::to_string(i);
        c.start = with_name(c.start, names->names[i], how.binding);
        c.restart = f.restart;
        c.shutdown = f.shutdown;
        children.push_back(std::move(c));
    }
    return checked_engine({{.strategy = f.strategy,
                            .intensity = f.intensity,
                            .period = f.period,
                            .backoff = f.backoff,
                            .intensity_warning = f.intensity_warning},
                           std::move(children)},
                          supervisor_kind::partition);
}

// Exits are trapped before `init` runs, as in OTP: `init` may start and link processes.
std::unique_ptr<engine> engine_from(const std::function<supervisor_spec()>& init) {
    this_process::trap_exit(true);
    return checked_engine(init());
}

} // namespace

namespace detail {

supervisor_server::supervisor_server(std::unique_ptr<engine> e) : engine_{std::move(e)} {
    this_process::trap_exit(true);
    engine_->init();
}

supervisor_server::~supervisor_server() = default;

answer<started_child> supervisor_server::handle_call(start_child_request r) {
    return {engine_->start(std::move(r))};
}
answer<void> supervisor_server::handle_call(terminate_child_request r) {
    return {engine_->terminate(r.which)};
}
answer<started_child> supervisor_server::handle_call(restart_child_request r) {
    return {engine_->restart(r.id)};
}
answer<void> supervisor_server::handle_call(delete_child_request r) {
    return {engine_->remove(r.id)};
}
answer<child_spec> supervisor_server::handle_call(get_child_spec_request r) {
    return {engine_->spec(r.which)};
}
std::vector<child_info> supervisor_server::handle_call(which_children_request) {
    return engine_->list();
}
child_counts supervisor_server::handle_call(count_children_request) { return engine_->count(); }
answer<child_info> supervisor_server::handle_call(which_child_request r) {
    return {engine_->info(r.id)};
}
oldest_children supervisor_server::handle_call(oldest_children_request r) {
    return engine_->oldest(r.at_most);
}

void supervisor_server::handle_info(exit_signal e) { engine_->ended(e.from, e.reason); }
void supervisor_server::handle_info(message m) { report_unexpected(m.type()); }

void supervisor_server::terminate(const exit_reason& why) {
    application_master::tell_of_stop(why);
    engine_->stop_all();
}

std::string supervisor_server::format_status() const { return engine_->status(); }

} // namespace detail

supervisor::supervisor(const supervisor_flags& flags, std::vector<child_spec> children)
    : supervisor_server{checked_engine({flags, std::move(children)})} {}

supervisor::supervisor(const std::function<supervisor_spec()>& init)
    : supervisor_server{engine_from(init)} {}

supervisor::~supervisor() = default;

dynamic_supervisor::dynamic_supervisor(const dynamic_supervisor_flags& flags)
    : supervisor_server{checked_dynamic_engine(flags)} {}

dynamic_supervisor::~dynamic_supervisor() = default;

partition_supervisor::partition_supervisor(const detail::partition_start& how)
    : supervisor_server{partition_engine(how)} {}

partition_supervisor::~partition_supervisor() = default;

} // namespace coppice
