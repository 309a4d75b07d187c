// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <any>
#include <coppice/gen_server.hpp>

/// Servers whose messages are known only when they run: a method's name, and a body of any type.
///
/// For programs that come from a library of that kind, and for servers that scripts drive. Where
/// the messages are known a server class is better: then the compiler finds the mistakes.
///
///     class math : public untyped_server {
///         std::any handle(std::string_view method, std::uint64_t, std::any body) override;
///     };
///     const untyped_ref m = start<math>();
///     int sum = m.call<int>("add", std::pair{1, 2});
///
/// It is a server as any other: `child<math>(the_math)` supervises it, `start_link`, names and
/// `process_info` hold for it as well.
///
/// For those who know the Go library `genserver`:
///
/// | genserver | here |
/// |---|---|
/// | `Listen(handler)` | `untyped_ref m = start<math>();` |
/// | `Handle(method, seq, body)` | `handle(method, sequence, body)` |
/// | `Call(method, body)` | `m.call<R>(method, body)` |
/// | `Cast(method, body)`, whose answer may be waited for | `m.send_request(method, body)`, then `get<R>()` |
/// | the same, its answer dropped | `m.cast(method, body)` |
/// | `Close()` | `m.stop()` |
namespace coppice {

/// What `untyped_server::handle` returned.
struct untyped_reply {
    std::any value; // in a struct: a bare std::any would take a failure for a value
};
/// The call of an untyped server.
struct untyped_call {
    std::string method;
    std::any body;
    using reply = untyped_reply;
};
/// The cast of an untyped server.
struct untyped_cast {
    std::string method;
    std::any body;
};
/// What an untyped server's clients send.
using untyped_protocol = protocol<untyped_call, untyped_cast>;

/// The base of a server whose messages are a method's name and a body.
///
/// Shape: `handle` gets calls and casts one at a time, in the order in which they came, with
/// numbers from 0; what it returns answers a call.
/// Errors: what `handle` throws reaches the caller, as the same exception, and the server serves
/// on; in a cast it is reported.
/// Context: `handle` runs in the server's process. The mailbox takes 4,096 messages where its start
/// says nothing; then senders wait.
class untyped_server {
public:
    static constexpr bool keep_state_on_error = true;
    static constexpr mailbox_limit default_mailbox{.messages = 4096,
                                                   .policy = overflow_policy::block};

    virtual ~untyped_server() = default;
    virtual std::any handle(std::string_view method, std::uint64_t sequence, std::any body) = 0;

    // A derived class that has typed handlers too needs `using untyped_server::handle_call;`.
    untyped_reply handle_call(untyped_call m) {
        return {handle(m.method, next_++, std::move(m.body))};
    }
    void handle_cast(untyped_cast m) { handle(m.method, next_++, std::move(m.body)); }

private:
    std::uint64_t next_ = 0;
};

namespace detail {

/// The value, or the exception that `handle` threw. Errors: call_error for everything else.
std::any value_or_rethrow(result<untyped_reply> r);

template <class R>
R as(std::any value) {
    if constexpr (std::is_same_v<R, std::any>)
        return value;
    else if constexpr (std::is_void_v<R>)
        return;
    else
        return std::any_cast<R>(std::move(value));
}

} // namespace detail

/// The reply of an untyped server that is on its way, as `pending` is for a typed one.
///
/// Context: any process, and any thread.
class untyped_pending {
public:
    explicit untyped_pending(pending<untyped_reply> p) : pending_{std::move(p)} {}

    bool ready() const noexcept { return pending_.ready(); }
    /// Waits for the reply. Errors: as `untyped_ref::call`, and `no_request`.
    template <class R = std::any>
    R get(time_limit timeout = default_call_timeout) {
        return detail::as<R>(detail::value_or_rethrow(pending_.try_get(timeout)));
    }

private:
    pending<untyped_reply> pending_;
};

/// A reference to an untyped server, with OTP's verbs.
///
/// Made from what `start` and `start_child` return for a class derived from `untyped_server`, and
/// from a reference to any server that handles `untyped_protocol`.
///
/// Context: any process, and any thread.
class untyped_ref {
public:
    untyped_ref(server_ref<untyped_protocol> s) : server_{s} {}
    template <std::derived_from<untyped_server> S>
    untyped_ref(const server_ref<S>& s) : server_{s} {}

    /// Sends a request and waits for the reply.
    ///
    /// Errors: throws what `handle` threw; call_error when there was no reply; std::bad_any_cast
    /// when the reply is no R.
    template <class R = std::any>
    R call(std::string method,
           std::any body = {},
           time_limit timeout = default_call_timeout) const {
        return detail::as<R>(detail::value_or_rethrow(
            server_.try_call(untyped_call{std::move(method), std::move(body)}, timeout)));
    }
    /// Sends a message that wants no reply. Errors: waits while the mailbox is full.
    void cast(std::string method, std::any body = {}) const {
        server_.cast(untyped_cast{std::move(method), std::move(body)});
    }
    /// Sends a request and returns. Errors: waits while the mailbox is full.
    untyped_pending send_request(std::string method, std::any body = {}) const {
        return untyped_pending{
            server_.send_request(untyped_call{std::move(method), std::move(body)})};
    }
    /// Ends the server when it has done what was asked before; later requests get `noproc`.
    void stop(const exit_reason& why = exit_reason::normal, time_limit timeout = infinity) const {
        server_.stop(why, timeout);
    }

    operator const pid&() const noexcept { return server_; }
    const pid& process() const noexcept { return server_.process(); }

private:
    server_ref<untyped_protocol> server_;
};

} // namespace coppice
