// SPDX-License-Identifier: BSL-1.0
#include "application_master.hpp"

#include <atomic>
#include <coppice/this_process.hpp>

namespace coppice::detail::application_master {

namespace {

// Relaxed: the master sets both before it starts the supervisor; then only the supervisor uses
// `gave_up`.
constinit std::atomic<std::uint64_t> the_master{0};
constinit std::atomic<bool> gave_up{false};

bool is_parent_of_caller() noexcept {
    const pid parent = this_process::parent();
    return parent && pid_access::word(parent) == the_master.load(std::memory_order_relaxed);
}

} // namespace

void set(pid master) noexcept {
    gave_up.store(false, std::memory_order_relaxed);
    the_master.store(pid_access::word(master), std::memory_order_relaxed);
}

void note_gave_up() noexcept {
    if (is_parent_of_caller())
        gave_up.store(true, std::memory_order_relaxed);
}

void tell_of_stop(const exit_reason& why) {
    if (is_parent_of_caller())
        this_process::parent().send(tree_stops{why, gave_up.load(std::memory_order_relaxed)});
}

} // namespace coppice::detail::application_master
