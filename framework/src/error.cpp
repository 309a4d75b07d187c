// SPDX-License-Identifier: BSL-1.0
#include <coppice/error.hpp>

namespace coppice {

std::string_view to_string(errc c) noexcept {
    switch (c) {
    case errc::timeout:
        return "timeout";
    case errc::noproc:
        return "noproc";
    case errc::exited:
        return "exited";
    case errc::no_reply:
        return "no_reply";
    case errc::calling_self:
        return "calling_self";
    case errc::call_cycle:
        return "call_cycle";
    case errc::bad_name_type:
        return "bad_name_type";
    case errc::start_failed:
        return "start_failed";
    case errc::ignored:
        return "ignored";
    case errc::already_started:
        return "already_started";
    case errc::already_present:
        return "already_present";
    case errc::not_found:
        return "not_found";
    case errc::running:
        return "running";
    case errc::restarting:
        return "restarting";
    case errc::max_children:
        return "max_children";
    case errc::bad_spec:
        return "bad_spec";
    case errc::name_taken:
        return "name_taken";
    case errc::already_named:
        return "already_named";
    case errc::bad_name:
        return "bad_name";
    case errc::mailbox_full:
        return "mailbox_full";
    case errc::not_running:
        return "not_running";
    }
    return "unknown";
}

call_error::call_error(failure e) : failure_{std::move(e)}, what_{to_string(failure_.code)} {
    if (!failure_.detail.empty())
        what_ += ": " + failure_.detail;
    if (failure_.code == errc::exited || failure_.code == errc::start_failed)
        what_ += " (" + failure_.reason.text() + ')';
}

void detail::throw_failure(const failure& f) { throw call_error{f}; }

exit_reason detail::exit_reason_of(const failure& f) {
    switch (f.code) {
    case errc::exited:
    case errc::start_failed:
        return f.reason;
    case errc::timeout:
        return exit_reason::timeout;
    case errc::noproc:
        return exit_reason::noproc;
    default:
        return f.reason == exit_reason::normal ? exit_reason{to_string(f.code)} : f.reason;
    }
}

} // namespace coppice
