// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <any>
#include <coppice/gen_server.hpp>
#include <memory>

namespace coppice {

/// A server whose messages are known only when it runs: a method's name and any body.
///
/// For programs that come from a library with Listen, Call, Cast and Handle, and for servers that
/// are driven by scripts. Where the messages are known, a plain server class is better: then the
/// compiler finds the mistakes.
///
///     class math : public dynamic_server {
///         std::any handle(std::string_view method, std::uint64_t, std::any body) override;
///     };
///     auto m = listen<math>();
///     int n = m.call<int>("add", std::pair{1, 2});
///
/// Shape: `handle` gets the requests one at a time, in order, with numbers from 0; what it returns
/// goes to the caller.
/// Errors: what `handle` throws reaches its caller alone, as the same exception; the server serves
/// on.
class dynamic_server {
public:
    virtual ~dynamic_server() = default;
    virtual std::any handle(std::string_view method, std::uint64_t sequence, std::any body) = 0;
};

namespace detail {

/// A struct around it: a bare `any` would take a failure for an answer.
struct dynamic_answer {
    std::any value;
};
struct dynamic_request {
    std::string method;
    std::any body;
    using reply = dynamic_answer;
};

/// The server class behind every dynamic_server.
class dynamic_host {
public:
    static constexpr bool keep_state_on_error = true;

    explicit dynamic_host(std::unique_ptr<dynamic_server> s) : served_{std::move(s)} {}
    dynamic_answer handle_call(dynamic_request r) {
        return {served_->handle(r.method, next_++, std::move(r.body))};
    }

private:
    std::unique_ptr<dynamic_server> served_;
    std::uint64_t next_ = 0;
};

/// The answer, or the exception that the handler threw. Errors: call_error for everything else;
/// std::bad_any_cast when the answer has another type.
std::any answer_or_rethrow(result<dynamic_answer> r);

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

/// An asynchronous request to a dynamic server, to be waited for.
class dynamic_pending {
public:
    explicit dynamic_pending(pending<detail::dynamic_answer> p) : pending_{std::move(p)} {}

    bool ready() const noexcept { return pending_.ready(); }
    /// Waits for the answer. Errors: as `dynamic_ref::call`.
    template <class R = std::any>
    R reply(time_limit limit = default_call_timeout) {
        return detail::as<R>(detail::answer_or_rethrow(pending_.try_get(limit)));
    }

private:
    pending<detail::dynamic_answer> pending_;
};

/// One dynamic server, and the verbs to talk to it.
///
/// Context: any process or plain thread.
class dynamic_ref {
public:
    explicit dynamic_ref(server_ref<detail::dynamic_host> s) : server_{s} {}

    /// Asks and waits. Errors: the exception that `handle` threw; call_error when there was no
    /// answer; std::bad_any_cast when the answer is no R.
    template <class R = std::any>
    R call(std::string method, std::any body = {}, time_limit limit = default_call_timeout) const {
        return detail::as<R>(detail::answer_or_rethrow(
            server_.try_call(detail::dynamic_request{std::move(method), std::move(body)}, limit)));
    }
    /// Asks and goes on; the answer may be waited for, or dropped.
    ///
    /// Errors: waits while the mailbox is full.
    dynamic_pending cast(std::string method, std::any body = {}) const {
        return dynamic_pending{
            server_.send_request(detail::dynamic_request{std::move(method), std::move(body)})};
    }
    /// Ends the server when it has done what was asked before; later requests get `noproc`.
    void close(time_limit limit = infinity) const { server_.stop(exit_reason::normal, limit); }

    pid process() const noexcept { return server_.process(); }

private:
    server_ref<detail::dynamic_host> server_;
};

/// How many requests may wait for a dynamic server, where nothing else is said.
inline constexpr mailbox_limit default_dynamic_mailbox{.messages = 4096,
                                                       .policy = overflow_policy::block};

/// Starts a dynamic server of class S, constructed from the arguments.
///
/// Its mailbox is bounded, and a sender waits while it is full.
/// Errors: what S's constructor throws is thrown here.
template <class S, class... Args>
dynamic_ref listen_with(mailbox_limit mailbox, Args&&... args) {
    static_assert(std::is_base_of_v<dynamic_server, S>,
                  "coppice: listen<S>: S is derived from dynamic_server");
    return dynamic_ref{start_with<detail::dynamic_host>(
        start_options{.mailbox = mailbox},
        std::unique_ptr<dynamic_server>{std::make_unique<S>(std::forward<Args>(args)...)})};
}
template <class S, class... Args>
dynamic_ref listen(Args&&... args) {
    return listen_with<S>(default_dynamic_mailbox, std::forward<Args>(args)...);
}

} // namespace coppice
