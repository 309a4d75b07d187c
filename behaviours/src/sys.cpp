// SPDX-License-Identifier: BSL-1.0
#include <coppice/log.hpp>
#include <coppice/sys.hpp>

namespace coppice::detail {

failure no_such_handler(const handler_name& which) {
    std::string text{which.type};
    if (!which.id.empty())
        text += " (" + which.id + ')';
    return {.code = errc::not_found,
            .reason = exit_reason{"not_found"},
            .detail = "the manager has no event handler " + text,
            .not_started = true};
}

} // namespace coppice::detail

namespace coppice::sys {

using detail::no_receiver;

namespace {
/// Is the name that of a server of another class? Where there is no process at all, the request
/// says so.
bool leads_elsewhere(const target& t) noexcept { return !t.process() && t.why() != errc::noproc; }

/// For the default sinks.
void write(std::string_view line) { coppice::log::notice(line); }
} // namespace

// --- suspend and resume ---

result<void> try_suspend(const target& server, time_limit timeout) {
    if (leads_elsewhere(server))
        return no_receiver(server.why());
    return detail::suspend_server(server.process(), timeout);
}
void suspend(const target& server, time_limit timeout) { try_suspend(server, timeout).value(); }

result<void> try_resume(const target& server, time_limit timeout) {
    if (leads_elsewhere(server))
        return no_receiver(server.why());
    return detail::resume_server(server.process(), timeout);
}
void resume(const target& server, time_limit timeout) { try_resume(server, timeout).value(); }

result<void> try_terminate(const target& server, const exit_reason& why, time_limit timeout) {
    if (leads_elsewhere(server))
        return no_receiver(server.why());
    return detail::stop_server(server.process(), why, timeout);
}
void terminate(const target& server, const exit_reason& why, time_limit timeout) {
    try_terminate(server, why, timeout).value();
}

// --- the state ---

result<status> try_get_status(const target& server, time_limit timeout) {
    if (leads_elsewhere(server))
        return no_receiver(server.why());
    return detail::status_of(server.process(), timeout);
}
status get_status(const target& server, time_limit timeout) {
    return try_get_status(server, timeout).value();
}

// --- events ---

result<void> try_statistics(const target& server, bool on, time_limit timeout) {
    if (leads_elsewhere(server))
        return no_receiver(server.why());
    return detail::count_events(server.process(), on, timeout);
}
void statistics(const target& server, bool on, time_limit timeout) {
    try_statistics(server, on, timeout).value();
}

result<std::optional<counts>> try_get_statistics(const target& server, time_limit timeout) {
    if (leads_elsewhere(server))
        return no_receiver(server.why());
    return detail::counted_events(server.process(), timeout);
}
std::optional<counts> get_statistics(const target& server, time_limit timeout) {
    return try_get_statistics(server, timeout).value();
}

result<void> try_log(const target& server, std::size_t keep, time_limit timeout) {
    if (leads_elsewhere(server))
        return no_receiver(server.why());
    return detail::keep_events(server.process(), keep, timeout);
}
void log(const target& server, std::size_t keep, time_limit timeout) {
    try_log(server, keep, timeout).value();
}

result<std::vector<event>> try_get_log(const target& server, time_limit timeout) {
    if (leads_elsewhere(server))
        return no_receiver(server.why());
    return detail::kept_events(server.process(), timeout);
}
std::vector<event> get_log(const target& server, time_limit timeout) {
    return try_get_log(server, timeout).value();
}

result<void> try_print_log(const target& server, time_limit timeout) {
    const auto kept = try_get_log(server, timeout);
    if (!kept)
        return kept.error();
    for (const event& e : *kept)
        write(e.process.text() + ' ' + e.text());
    return {};
}
void print_log(const target& server, time_limit timeout) { try_print_log(server, timeout).value(); }

result<void> try_trace(const target& server, bool on, time_limit timeout) {
    if (on)
        return try_trace(server, &write, timeout);
    if (leads_elsewhere(server))
        return no_receiver(server.why());
    return detail::remove_debug(server.process(), detail::tracer_id, timeout);
}
void trace(const target& server, bool on, time_limit timeout) {
    try_trace(server, on, timeout).value();
}

result<void> try_remove(const debug_ref& function, time_limit timeout) {
    return detail::remove_debug(function.process, function.id, timeout);
}
void remove(const debug_ref& function, time_limit timeout) {
    try_remove(function, timeout).value();
}

result<void> try_no_debug(const target& server, time_limit timeout) {
    if (leads_elsewhere(server))
        return no_receiver(server.why());
    return detail::remove_all_debug(server.process(), timeout);
}
void no_debug(const target& server, time_limit timeout) { try_no_debug(server, timeout).value(); }

} // namespace coppice::sys
