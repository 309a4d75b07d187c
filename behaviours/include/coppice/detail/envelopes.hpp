// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <coppice/detail/handlers.hpp>

// The envelopes that carry typed messages to a server of class S, made where S and M are both
// known.
namespace coppice::detail {

enum class verb : std::uint8_t { cast, info, continues };

/// A message that wants no answer.
template <class S, class M, verb How>
struct typed_envelope final : envelope {
    M m;

    explicit typed_envelope(M&& x) noexcept : envelope{operations}, m(std::move(x)) {}

    static void handle(envelope* n, void* server) {
        const envelope_guard<typed_envelope> self{static_cast<typed_envelope*>(n)};
        auto& s = *static_cast<S*>(server);
        if constexpr (How == verb::cast)
            handler_access::cast(s, std::move(self.n->m));
        else if constexpr (How == verb::info)
            handler_access::info(s, std::move(self.n->m));
        else
            handler_access::continues(s, std::move(self.n->m));
    }
    static void drop(envelope* n) noexcept { dispose(static_cast<typed_envelope*>(n)); }
    static constexpr envelope_ops operations{.what = envelope_ops::kind::typed,
                                             .key = nullptr,
                                             .name = type_name<M>(),
                                             .handle = &handle,
                                             .drop = &drop,
                                             .payload = nullptr};
};

/// What a handler returned, as an R. Never by braces where it converts: a type that is made of a
/// list of values that it converts from (json::value, vector<any>) would become a list of one.
template <class R, class T>
R as_reply(T&& answer) {
    if constexpr (std::is_convertible_v<T&&, R>)
        return std::forward<T>(answer);
    else
        return R{std::forward<T>(answer)};
}

/// A call.
template <class S, class M>
struct call_envelope final : reply_slot<reply_t<M>> {
    using R = reply_t<M>;
    M m;

    explicit call_envelope(M&& x) noexcept : reply_slot<R>{operations}, m(std::move(x)) {
        this->destroy = [](request* r) noexcept { dispose(static_cast<call_envelope*>(r)); };
    }

    static void handle(envelope* n, void* target) {
        auto* self = static_cast<call_envelope*>(n);
        auto& s = *static_cast<S*>(target);
        if constexpr (!handler_access::has_call<S, M>()) {
            defer_request(self);
            handler_access::deferred(s, std::move(self->m), from_access::make<R>(self));
        } else {
            begin_request(self);
            if constexpr (std::is_void_v<R>) {
                handler_access::call(s, std::move(self->m));
                self->store({});
            } else
                self->store(as_reply<R>(handler_access::call(s, std::move(self->m))));
            complete_request(self);
        }
    }
    static constexpr envelope_ops operations{.what = envelope_ops::kind::typed,
                                             .key = nullptr,
                                             .name = type_name<M>(),
                                             .handle = &handle,
                                             .drop = nullptr,
                                             .payload = nullptr,
                                             .is_request = true};
};

/// A call without a receiver: it only carries the failure.
template <class R>
struct unsent_request final : reply_slot<R> {
    unsent_request() noexcept : reply_slot<R>{operations} {
        this->destroy = [](request* r) noexcept { dispose(static_cast<unsent_request*>(r)); };
    }
    static constexpr envelope_ops operations{.what = envelope_ops::kind::runtime,
                                             .key = nullptr,
                                             .name = "unsent",
                                             .handle = nullptr,
                                             .drop = nullptr,
                                             .payload = nullptr,
                                             .is_request = true};
};

/// Counts as answered, by this failure.
void refuse(request* r, failure why) noexcept;

template <class M>
struct made_envelope {
    using type = envelope;
};
template <has_reply M>
struct made_envelope<M> {
    using type = reply_slot<reply_t<M>>;
};
/// What a client holds of an envelope for an M: for a call, the room for the answer.
template <class M>
using made_envelope_t = typename made_envelope<M>::type;
template <class M>
using maker = made_envelope_t<M>* (*)(M&&);

template <class S, class M>
made_envelope_t<M>* make_typed(M&& m) {
    if constexpr (has_reply<M>)
        return make_envelope<call_envelope<S, M>>(std::move(m));
    else
        return make_envelope<typed_envelope<S, M, verb::cast>>(std::move(m));
}

// --- makers of a protocol's messages for one class of server ---

using erased_maker = void (*)();

template <class T, class S>
struct maker_table {
    static const erased_maker* get() { return nullptr; }
};
template <class... Ms, class S>
struct maker_table<protocol<Ms...>, S> {
    static const erased_maker* get() {
        if constexpr ((decltype(explain_either<S, Ms>())::value && ...)) {
            static const erased_maker table[] = {
                reinterpret_cast<erased_maker>(&make_typed<S, Ms>)...};
            return table;
        } else
            return nullptr;
    }
};

template <class M, class... Ms>
constexpr std::size_t index_of() {
    std::size_t i = 0;
    (void)((std::is_same_v<M, Ms> ? false : ++i != 0) && ...);
    return i;
}

/// Where a client's message goes, and who makes its envelope. `why`: there is no process.
struct located {
    pid process;
    const erased_maker* makers = nullptr;
    errc why = errc::noproc;
};

template <class T>
struct maker_of {
    template <class M>
    static maker<M> get(const located&) {
        return &make_typed<T, M>;
    }
};
template <class... Ms>
struct maker_of<protocol<Ms...>> {
    template <class M>
    static maker<M> get(const located& l) {
        return reinterpret_cast<maker<M>>(l.makers[index_of<M, Ms...>()]);
    }
};

} // namespace coppice::detail
