// SPDX-License-Identifier: BSL-1.0
#pragma once
#include "program.hpp"
#include "service_notifier.hpp"
#include <coppice/release.hpp>

// The process that starts, watches and stops the applications of a release: OTP's
// application_controller.
namespace coppice::detail {

/// What runs, and how.
struct release_plan {
    std::vector<const application_type*> applications = {}; ///< in the order of their start
    std::string config_file = {};
    std::string environment_prefix = {};
    time_span start_timeout = std::chrono::seconds{60};
    time_span stop_timeout = std::chrono::seconds{30};
};

/// The configuration of each application, or what is wrong.
struct release_config {
    std::vector<std::shared_ptr<const void>> of = {}; ///< null: it has none
    std::vector<std::string> errors = {};
};
/// Context: blocks the thread while it reads the file.
release_config read_release_config(const release_plan& plan);

class release_state final : public program_state {
public:
    release_state(release_plan p,
                  release_config c,
                  service_notifier n,
                  std::function<int()> main = {})
        : program_state{std::move(main)},
          plan{std::move(p)},
          config{std::move(c)},
          notifier{std::move(n)} {}

    void run_master() override;

    const release_plan plan;
    const release_config config;
    const service_notifier notifier;

    // Only the controller uses these before `begin_stopping`; then they are constant.
    release_exit_code outcome = release_exit_code::stopped;
    std::string why = {}; ///< for all that is not 0
    bool main_ended = false;
    // A controller that is left behind may still write it. Relaxed: nothing else depends on it.
    std::atomic<bool> stop_was_late{false};
};

} // namespace coppice::detail
