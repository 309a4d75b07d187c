// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <coppice/detail/envelopes.hpp>
#include <coppice/detail/server.hpp>
#include <coppice/pending.hpp>

// What the verbs of a client need: where a message goes, and the part that does not depend on it.
namespace coppice::detail {

template <class R>
[[noreturn]] R never() {
    __builtin_unreachable();
}

/// The failure of a message that has no receiver.
failure no_receiver(errc why);
/// Sends, waits, and throws unless there is a value. Then the request is the caller's.
void call_or_throw(const located& to, request* r, time_limit timeout);
/// The same; the failure is returned.
std::optional<failure> try_call(const located& to, request* r, time_limit timeout);
/// Sends; a request without a receiver fails at once.
void begin(const located& to, request* r);

/// The process registered under the name, and its makers of envelopes; `bad_name_type` when it was
/// registered as a server of another class.
located locate_name(std::string_view name, const type_identity& type) noexcept;

/// Lets the verbs ask a reference or a name where it leads.
struct locate_access {
    template <class Ref>
    static located locate(const Ref& r) noexcept {
        return r.locate();
    }
};

} // namespace coppice::detail
