// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <coppice/detail/release_parts.hpp>
#include <coppice/exit_reason.hpp>
#include <coppice/pid.hpp>

// The master process of one application of a release: OTP's application_master. All functions of
// the application run in it.
namespace coppice::detail {

// --- to the master ---

struct run_start_phase {
    std::size_t phase;
};
struct change_config {
    std::shared_ptr<const void> config;
};
struct stop_application {};

// --- from the master, to the process that started it ---

struct application_is_up {
    std::size_t application;
    pid tree;
};
/// `start` or the tree has failed; the master exits.
struct application_not_started {
    std::size_t application;
    exit_reason why;
};
struct start_phase_done {
    std::size_t application;
    std::optional<exit_reason> failure;
};
struct config_is_changed {
    std::size_t application;
    std::shared_ptr<const void> config;
    std::optional<exit_reason> failure;
};
/// The tree begins to stop by itself, or has ended.
struct application_ends {
    std::size_t application;
    exit_reason why;
    bool failed;
};

/// Runs application number `index` until it is told to stop, or its tree has ended. It starts at
/// once.
///
/// Context: the body of a process that is linked to the process it reports to, its parent.
void run_application(const application_type& type,
                     std::size_t index,
                     const std::shared_ptr<const void>& config);

} // namespace coppice::detail
