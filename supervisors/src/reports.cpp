// SPDX-License-Identifier: BSL-1.0
#include "reports.hpp"
#include <coppice/names.hpp>
#include <coppice/report.hpp>
#include <coppice/this_process.hpp>

namespace coppice::detail {
namespace {
pid me() { return this_process::self(); }
std::string my_name() { return registered_name(me()); }
} // namespace

void report_started(const child_spec& spec, pid process) {
    report_without_fail(severity::info, [&] {
        return child_started{me(), my_name(), spec.id, process};
    });
}

void report_start_error(const child_spec& spec, const exit_reason& why) {
    report_without_fail(severity::error, [&] {
        return child_start_failed{me(), my_name(), spec.id, why};
    });
}

void report_child_terminated(const child_spec& spec,
                             pid process,
                             const exit_reason& why,
                             std::size_t restarts_left) {
    report_without_fail(why.is_orderly() ? severity::info : severity::error, [&] {
        return child_terminated{me(), my_name(), spec.id, process, why, restarts_left};
    });
}

void report_shutdown_error(const child_spec& spec,
                           pid process,
                           const exit_reason& why,
                           std::size_t children) {
    report_without_fail(severity::error, [&] {
        return shutdown_error{me(), my_name(), spec.id, process, why, children};
    });
}

void report_gave_up(const child_spec& spec,
                    std::size_t intensity,
                    time_limit::clock::duration period) {
    report_without_fail(severity::critical, [&] {
        return supervisor_gave_up{me(), my_name(), spec.id, intensity, period};
    });
}

void report_unexpected(std::string_view message_type) {
    report_without_fail(severity::warning, [&] {
        return unexpected_message{me(), my_name(), "supervisor", std::string{message_type}};
    });
}

} // namespace coppice::detail
