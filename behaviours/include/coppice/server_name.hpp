// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <coppice/server_ref.hpp>

namespace coppice {

namespace detail {
/// Finds whoever bears the name; `bad_name_type` when it was given for another class.
located locate_name(std::string_view name, const type_identity& type) noexcept;

template <class T>
server_ref<T> ref_of(const located& l) {
    if constexpr (requires { server_ref<T>{pid{}, l.makers}; })
        return server_ref<T>{l.process, l.makers};
    else
        return server_ref<T>{l.process};
}
} // namespace detail

/// A server's name: the same verbs as a reference, for whoever bears the name at that moment.
///
/// `inline constexpr server_name<counter> the_counter{"counter"};` A name survives restarts.
/// T is the server's class, or a `protocol<...>`.
///
/// Shape: made from a literal, at compile time. Errors: `noproc` when nobody has the name,
/// `bad_name_type` when its bearer was registered as something else.
template <class T>
class server_name : public detail::client<server_name<T>, T> {
public:
    template <std::size_t N>
    consteval explicit server_name(const char (&text)[N]) : text_{text, N - 1} {}

    constexpr std::string_view text() const noexcept { return text_; }
    /// Who bears the name now; nobody if nobody does.
    server_ref<T> whereis() const { return detail::ref_of<T>(locate()); }
    detail::located locate() const noexcept {
        return detail::locate_name(text_, detail::type_key<T>);
    }

private:
    std::string_view text_;
};

/// One entry of a `registry`: a name made at run time.
template <class T>
class via : public detail::client<via<T>, T> {
public:
    explicit via(std::string text) : text_{std::move(text)} {}

    std::string_view text() const noexcept { return text_; }
    server_ref<T> whereis() const { return detail::ref_of<T>(locate()); }
    detail::located locate() const noexcept {
        return detail::locate_name(text_, detail::type_key<T>);
    }

private:
    std::string text_;
};

/// Names by key: `rooms("alice").cast(...)`, each the name `registry/key`.
template <class T>
class registry {
public:
    template <std::size_t N>
    consteval explicit registry(const char (&text)[N]) : text_{text, N - 1} {}
    via<T> operator()(std::string_view key) const {
        return via<T>{std::string{text_} + '/' + std::string{key}};
    }

private:
    std::string_view text_;
};

namespace detail {
/// What a name for T carries when a server of class S bears it.
template <class T, class S>
const name_binding* binding_of() {
    static const name_binding it{.key = &type_key<T>, .makers = maker_table<T, S>::get()};
    return &it;
}
} // namespace detail

} // namespace coppice
