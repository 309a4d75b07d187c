// SPDX-License-Identifier: BSL-1.0
#include <coppice/detail/client.hpp>
#include <coppice/server_name.hpp>

// The parts of a client's verbs that do not depend on the message: one copy for all.
namespace coppice::detail {

failure no_receiver(errc why) {
    return {.code = why,
            .reason = exit_reason::noproc,
            .detail = why == errc::bad_name_type
                          ? "the name belongs to a server of another class"
                          : "the name is not registered, or the reference is empty",
            .not_started = true};
}

failure failure_of(const request* r) { return *r->why; }

namespace {
failure no_answer_from(pid server) {
    std::string detail = "no answer from " + server.text();
    if (const std::string name = registered_name(server); !name.empty())
        detail += " (" + name + ')';
    return {.code = errc::timeout, .reason = exit_reason::timeout, .detail = std::move(detail)};
}
} // namespace

failure timed_out(const request* r) { return no_answer_from(r->server); }

failure no_request() {
    return {.code = errc::no_request,
            .reason = exit_reason{"no_request"},
            .detail = make_error_code(errc::no_request).message(),
            .not_started = true};
}

void await_or_throw(request* r, time_limit timeout) {
    if (!r)
        throw_failure(no_request());
    if (!await(r, timeout))
        throw_failure(timed_out(r));
}

void throw_if_failed(const request* r) {
    if (r->result == request::outcome::failed)
        throw_failure(*r->why);
}

namespace {
failure what_failed(const located& to, request* r, bool answered) {
    if (!answered)
        return no_answer_from(to.process); // the request is no longer ours
    failure why = std::move(*r->why);
    release(r);
    return why;
}
} // namespace

std::optional<failure> try_call(const located& to, request* r, time_limit timeout) {
    const bool answered = call_and_wait(to.process, r, timeout);
    if (answered && r->result == request::outcome::value)
        return std::nullopt;
    return what_failed(to, r, answered);
}

void call_or_throw(const located& to, request* r, time_limit timeout) {
    const bool answered = call_and_wait(to.process, r, timeout);
    if (!answered || r->result != request::outcome::value)
        throw_failure(what_failed(to, r, answered));
}

void begin(const located& to, request* r) {
    if (to.process)
        return send_request(to.process, r);
    refuse(r, no_receiver(to.why));
}

void refuse(request* r, failure why) noexcept {
    fail_request(r, std::move(why));
    mark_answered(r);
}

located locate_name(std::string_view name, const type_identity& type) noexcept {
    const located_name l = lookup_name(name);
    if (!l.process)
        return {};
    if (!l.binding || !is_same_type(l.binding->key, &type))
        return {.process = {}, .makers = nullptr, .why = errc::bad_name_type};
    return {.process = l.process, .makers = static_cast<const erased_maker*>(l.binding->makers)};
}

} // namespace coppice::detail
