// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <coppice/server_ref.hpp>

/// Names of servers: clients find a server by a constant, whatever process is registered under it
/// at that moment. A name outlives each of the processes.
///
///     inline constexpr server_name<counter> the_counter{"counter"};
///
///     child<counter>(the_counter, 0)             // a child that is registered under it
///     start<counter>({.name = the_counter}, 0)   // the same without a supervisor
///     the_counter.call(total{});                 // looked up at each call
///
/// **One name or many.** `server_name` is a literal: one for each server that the program's author
/// knows. A `registry` finds servers by keys made at run time: one for each room, session or
/// connection (registry.hpp).
///
/// **By messages.** `server_name<protocol<put, get>>` leads to any server that handles these: the
/// client's file needs no include of the server's.
///
/// **Restarts.** Between the exit of a process and the start of the next one nothing is registered:
/// a call fails with `noproc`, a cast is dropped. A `server_ref` that was taken before leads to the
/// process that has exited.
///
/// **When not.** A name is global state. A server that is started by its client is better known by
/// the reference that `start` returned, and a test that starts many of a kind wants no names.
///
/// Source: OTP, `{local, Name}` and `{via, Module, Term}`; Elixir, `name:`.
namespace coppice {

/// The name of a server: the verbs of `server_verbs` for the process registered under it.
///
/// T is the server's class, or a `protocol<...>`.
///
/// Shape: made from a literal, at compile time; the text is not empty.
/// Errors: `noproc` when no process is registered under the name, `bad_name_type` when it was
/// registered as a server of another class.
/// Context: any thread.
template <class T>
class server_name : public server_verbs<server_name<T>, T> {
public:
    template <std::size_t N>
    consteval explicit server_name(const char (&text)[N]) : text_{text, N - 1} {}

    constexpr std::string_view text() const noexcept { return text_; }
    /// The process registered under the name, or a null reference.
    server_ref<T> whereis() const { return detail::server_ref_access::make<T>(locate()); }

private:
    friend detail::locate_access;
    detail::located locate() const noexcept {
        return detail::locate_name(text_, detail::type_key<T>);
    }
    std::string_view text_;
};

template <class Key, class T, class Value>
class via; // a server by its key, see registry.hpp

namespace detail {
/// What a name for T carries when a server of class S is registered under it.
template <class T, class S>
const name_binding* binding_of() {
    static const name_binding it{.key = &type_key<T>, .makers = maker_table<T, S>::get()};
    return &it;
}

template <class T, class S>
constexpr auto explain_name() {
    constexpr bool fits = std::is_same_v<T, S> || is_protocol<T> || std::is_same_v<T, pid>;
    static_assert(fits, "coppice: this name is for another server class");
    return std::bool_constant<fits>{};
}

/// The claim of a key for a server of class S.
template <class S, class Key, class T, class Value>
std::shared_ptr<const key_claim> claim_of(const via<Key, T, Value>& name);
/// Its registry's name, and the key where it is text or a number.
template <class Key, class T, class Value>
std::string text_of(const via<Key, T, Value>& name);

struct start_access;

/// Under which name or key a server is started. Compiled once: a user's file has none of it.
struct start_name {
    std::string text; // empty where it is a key, or none
    const name_binding* binding = nullptr;
    std::shared_ptr<const key_claim> key;

    start_name() noexcept;
    explicit start_name(std::string_view name);
    explicit start_name(std::shared_ptr<const key_claim> claim) noexcept;
    start_name(const start_name&);
    start_name(start_name&&) noexcept;
    start_name& operator=(const start_name&);
    start_name& operator=(start_name&&) noexcept;
    ~start_name();
};
} // namespace detail

/// The name or the key under which a server of class S is started; made from a `server_name` or a
/// `via`.
///
/// Context: any thread.
template <class S>
class name_of {
public:
    name_of() = default; ///< none
    template <class T>
    name_of(const server_name<T>& n) : name_{n.text()} {
        bind<T>();
    }
    template <class Key, class T, class Value>
    name_of(const via<Key, T, Value>& n) : name_{detail::claim_of<S>(n)} {}
    /// Empty where it is a key.
    std::string_view text() const noexcept { return name_.text; }

private:
    friend detail::start_access;
    template <class T>
    void bind() {
        if constexpr (decltype(detail::explain_name<T, S>())::value)
            name_.binding = detail::binding_of<T, S>();
    }
    detail::start_name name_;
};

} // namespace coppice
