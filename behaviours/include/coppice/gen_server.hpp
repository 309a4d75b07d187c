// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <coppice/request_set.hpp>
#include <coppice/start.hpp>
#include <coppice/this_process.hpp>

/// OTP's gen_server: a class with handlers is a server; nothing is inherited and nothing registered.
///
///     struct add   { int by; };             // no reply: a cast
///     struct total { using reply = int; };  // a reply:  a call
///
///     class counter {
///     public:
///         void handle_cast(add a) { n_ += a.by; }
///         int handle_call(total) const { return n_; }
///     private:
///         int n_ = 0;
///     };
///
/// Handlers: `R handle_call(M)` or `void handle_call(M, from<R>)`, `void handle_cast(M)`,
/// `void handle_info(M | down | exit_signal | timeout | message)`, `void handle_continue(M)`;
/// optional `void terminate(const exit_reason&)` and `std::string format_status() const`.
/// The constructor is init. All that concerns the process is said by `this_process::`.
namespace coppice::this_process {

/// A typed reference to the server that runs, for itself: `self(this)`; works in a constructor too.
template <class S>
server_ref<S> self(const S*) {
    return server_ref<S>{self()};
}

/// Calls the server's `handle_continue(m)` before its next message; in a constructor, after the
/// start has returned.
template <class S, class M>
void continue_with(S*, M m) {
    detail::post_continue(
        detail::make_envelope<detail::typed_envelope<S, M, detail::verb::continues>>(std::move(m)));
}

} // namespace coppice::this_process
