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
    case errc::would_block:
        return "would_block";
    case errc::no_request:
        return "no_request";
    case errc::callback_failed:
        return "callback_failed";
    }
    return "unknown";
}

namespace {

/// What the errc's own comment says, as a sentence.
std::string_view sentence(errc c) noexcept {
    switch (c) {
    case errc::timeout:
        return "the timeout has passed before the reply came";
    case errc::noproc:
        return "no such process: it has exited, or the name is not registered";
    case errc::exited:
        return "the server exited before it replied";
    case errc::no_reply:
        return "the server dropped the request without an answer";
    case errc::calling_self:
        return "a process called itself and would wait for ever";
    case errc::call_cycle:
        return "the call would close a ring of processes that wait for each other";
    case errc::bad_name_type:
        return "the name belongs to a server of another class";
    case errc::start_failed:
        return "the server's constructor ended the process";
    case errc::ignored:
        return "the server's constructor said ignore()";
    case errc::already_started:
        return "the name, or the child, runs already";
    case errc::already_present:
        return "the child is known but does not run: restart it or delete it first";
    case errc::not_found:
        return "there is no such child, name or timer";
    case errc::running:
        return "the child runs, so it can neither be deleted nor restarted: terminate it first";
    case errc::restarting:
        return "the child is between two attempts to restart it";
    case errc::max_children:
        return "the dynamic supervisor is full: see max_children";
    case errc::bad_spec:
        return "a child spec or a supervisor's flags are wrong";
    case errc::name_taken:
        return "another process has this name";
    case errc::already_named:
        return "the process has another name, and may have one only";
    case errc::bad_name:
        return "a name must not be empty";
    case errc::mailbox_full:
        return "the mailbox is full";
    case errc::not_running:
        return "the runtime is not running: use application or runtime::start";
    case errc::would_block:
        return "a handler of Asio is no process, and may not wait on the runtime's thread: spawn "
               "one, or cast";
    case errc::no_request:
        return "there is no request to wait for: its answer was taken before, or the `pending` was "
               "moved from";
    case errc::callback_failed:
        return "a function that was to run in a server threw; the server goes on";
    }
    return "unknown error";
}

class category final : public boost::system::error_category {
public:
    const char* name() const noexcept override { return "coppice"; }
    std::string message(int code) const override {
        return std::string{sentence(static_cast<errc>(code))};
    }
};

} // namespace

const boost::system::error_category& error_category() noexcept {
    static const category c;
    return c;
}

call_error::call_error(failure e) : failure_{std::move(e)}, what_{to_string(failure_.code)} {
    if (!failure_.detail.empty())
        what_ += ": " + failure_.detail;
    if (failure_.code == errc::exited || failure_.code == errc::start_failed)
        what_ += " (" + failure_.reason.text() + ')';
}

void detail::throw_failure(const failure& f) { throw call_error{f}; }

namespace {
/// What the server ended with, if that is a failure. Its orderly end is no orderly end of the
/// caller, who did not get what it needs: OTP's `{normal, {gen_server, call, _}}`.
exit_reason reason_of_caller(const exit_reason& of_server, std::string_view what) {
    if (!of_server.is_orderly())
        return of_server;
    return exit_reason::tagged(of_server.text(),
                               exit_reason::tagged("gen_server", exit_reason{what}));
}
} // namespace

exit_reason detail::exit_reason_of(const failure& f) {
    switch (f.code) {
    case errc::exited:
        return reason_of_caller(f.reason, "call");
    case errc::start_failed:
        return reason_of_caller(f.reason, "start");
    case errc::timeout:
        return exit_reason::timeout;
    case errc::noproc:
        return exit_reason::noproc;
    default:
        return f.reason == exit_reason::normal ? exit_reason{to_string(f.code)} : f.reason;
    }
}

} // namespace coppice
