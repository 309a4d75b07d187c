// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <concepts>
#include <coppice/detail/envelope.hpp>

namespace coppice {

namespace detail {

template <class M>
struct message_envelope final : envelope {
    M value;

    explicit message_envelope(M&& m) noexcept : envelope{ops_of()}, value(std::move(m)) {}

    static const envelope_ops& ops_of() noexcept {
        static constexpr envelope_ops ops{
            .what = envelope_ops::kind::message,
            .key = &type_key<M>,
            .name = type_name<M>(),
            .handle = nullptr,
            .drop = [](envelope* n) noexcept { dispose(static_cast<message_envelope*>(n)); },
            .payload = [](envelope* n) noexcept -> void* {
                return &static_cast<message_envelope*>(n)->value;
            }};
        return ops;
    }
};

// After one of our sentences the compiler needs a value that fits anywhere, or it adds an error.
struct after_error {
    template <class T>
    operator T() const;
};

template <class A>
inline constexpr bool copies_dearly =
    std::is_lvalue_reference_v<A> && !std::is_trivially_copyable_v<std::remove_cvref_t<A>>;

// Facts decide what is compiled; `explain_` says the one sentence. They are two things, because
// clang 14 adds an error of its own when a class with a failed static_assert is used afterwards.
template <class A, class M = std::remove_cvref_t<A>>
struct message_check {
    static constexpr bool is_struct = std::is_class_v<M>;
    static constexpr bool moves = std::is_nothrow_move_constructible_v<M>;
    static constexpr bool moved = !copies_dearly<A>;
    static constexpr bool ok = is_struct && moves && moved;
};

template <class A>
constexpr auto explain_message() {
    using is = message_check<A>;
    constexpr bool is_struct = is::is_struct, moves = is::moves || !is_struct,
                   moved = is::moved || !is::moves || !is_struct;
    static_assert(is_struct,
                  "coppice: a message is a struct (not a number, pointer, literal or enum)");
    static_assert(moves, "coppice: a message must be nothrow movable: its move constructor may "
                         "throw (or is missing), so it could be lost half-way");
    static_assert(moved, "coppice: messages move, they are not copied: say std::move(m), or M{m} "
                         "for a copy on purpose");
    return is{};
}

struct message_access;
} // namespace detail

/// Any message, its type known only at run time.
///
/// What comes untyped, by pid, arrives in a server's `handle_info(message)` and in a `receive`
/// pattern that takes a `message`.
///
/// Shape: owns one value; movable, not copyable.
/// Context: a value; one thread at a time.
class message {
public:
    template <class M>
    explicit message(std::in_place_t, M m)
        : envelope_{detail::make_envelope<detail::message_envelope<M>>(std::move(m))} {}
    message(message&& o) noexcept : envelope_{std::exchange(o.envelope_, nullptr)} {}
    message& operator=(message&& o) noexcept {
        std::swap(envelope_, o.envelope_);
        return *this;
    }
    ~message() {
        if (envelope_)
            envelope_->ops->drop(envelope_);
    }

    /// The value, if it is an M.
    template <class M>
    M* get_if() noexcept {
        return envelope_ && detail::is_key_of<M>(envelope_->ops->key)
                   ? static_cast<M*>(envelope_->ops->payload(envelope_))
                   : nullptr;
    }
    /// The type's name, for logs.
    std::string_view type() const noexcept { return envelope_ ? envelope_->ops->name : "nothing"; }

private:
    friend detail::message_access;
    explicit message(detail::envelope* n) noexcept : envelope_{n} {}
    detail::envelope* envelope_;
};

namespace detail {
/// The envelope of a message.
struct message_access {
    static message make(envelope* n) noexcept { return message{n}; }
    static envelope* release(message& m) noexcept { return std::exchange(m.envelope_, nullptr); }
};
} // namespace detail

} // namespace coppice
