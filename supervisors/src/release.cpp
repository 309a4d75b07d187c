// SPDX-License-Identifier: BSL-1.0
#include <coppice/release.hpp>

#include "release_controller.hpp"
#include <fmt/format.h>

namespace coppice {

namespace detail {

namespace {

/// How long the whole stop may take: the controller limits each part of it.
time_span stop_limit(const release_plan& plan) {
    time_limit::clock::time_point end{std::chrono::seconds{10}}; // `main`, and what is killed
    for (std::size_t i = 0; i < plan.applications.size(); ++i)
        end = saturated_sum(saturated_sum(end, plan.stop_timeout), std::chrono::seconds{3});
    return end.time_since_epoch();
}

int code_of(const release_state& s, const program_end& end) {
    const auto value = [](release_exit_code c) { return static_cast<int>(c); };
    if (!s.outcome_is_known()) { // the controller was killed
        if (s.main_returned())
            return s.value_of_main();
        if (end.was_told)
            return value(release_exit_code::stop_timeout);
        print_error("the process that controls the release was killed, and all ended with it");
        return value(release_exit_code::failed);
    }
    if (s.outcome != release_exit_code::stopped) {
        print_error(s.why);
        return value(s.outcome);
    }
    if (s.main_ended)
        return s.value_of_main();
    const bool was_late = end.was_killed || s.stop_was_late.load(std::memory_order_relaxed);
    return value(was_late ? release_exit_code::stop_timeout : release_exit_code::stopped);
}

} // namespace

int run_release(std::span<const application_type* const> applications,
                const release_options& options,
                std::function<int()> main) {
    require_plain_thread("release::run");
    const service_notifier notifier = service_notifier::from_environment();
    release_plan plan{.applications = {applications.begin(), applications.end()},
                      .config_file = options.config_file,
                      .environment_prefix = options.environment_prefix,
                      .start_timeout = options.start_timeout,
                      .stop_timeout = options.stop_timeout};
    release_config config = read_release_config(plan);
    if (!config.errors.empty()) {
        for (const std::string& e : config.errors)
            print_error(e);
        notifier.status(config.errors.front());
        return static_cast<int>(release_exit_code::bad_config);
    }
    const time_span limit = stop_limit(plan);
    const auto s = std::make_shared<release_state>(std::move(plan), std::move(config), notifier,
                                                   std::move(main));
    const program_end end = run_program(s, {.verb = "release::run",
                                            .master = "release",
                                            .what = "the release",
                                            .runtime = options.runtime,
                                            .stop_timeout = limit,
                                            .reloads = !options.config_file.empty()});
    return code_of(*s, end);
}

} // namespace detail

void describe(const application_started& e, log::description& d) {
    d.say(fmt::format("application {} has started", e.application));
    d.fact_of("application", e.application);
    d.fact_of("supervisor", e.supervisor);
}

void describe(const application_ended& e, log::description& d) {
    d.say(fmt::format("application {} ({}) {}: {}", e.application, to_string(e.type),
                      e.failed ? "failed" : "ended in order", e.reason.text()));
    d.fact_of("application", e.application);
    d.fact_of("reason", e.reason);
    d.fact_of("type", to_string(e.type));
}

void describe(const configuration_reloaded& e, log::description& d) {
    d.say(fmt::format("{} was read again: {}", e.file,
                      e.changed.empty() ? "nothing has changed" : "what has changed is in force"));
    d.fact_of("file", e.file);
    d.line_of("changed", e.changed);
}

void describe(const configuration_rejected& e, log::description& d) {
    d.say(fmt::format("the configuration stays as it was: {} has {} error{}", e.file,
                      e.errors.size(), e.errors.size() == 1 ? "" : "s"));
    d.fact_of("file", e.file);
    d.line_of("errors", e.errors);
}

} // namespace coppice
