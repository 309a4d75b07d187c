// SPDX-License-Identifier: BSL-1.0
#include "reports.hpp"

namespace coppice::detail {

void report_started(const child_spec&, pid) {}
void report_start_error(const child_spec&, const exit_reason&) {}
void report_child_terminated(const child_spec&, pid, const exit_reason&, std::size_t) {}
void report_shutdown_error(const child_spec&, pid, const exit_reason&, std::size_t) {}
void report_gave_up(const child_spec&, std::size_t, time_limit::clock::duration) {}
void report_unexpected(std::string_view) {}

} // namespace coppice::detail
