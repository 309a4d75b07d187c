// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <array>
#include <coppice/server_verbs.hpp>

namespace coppice {

template <class S>
class server_ref;

namespace detail {
/// Makes a `server_ref` from what a name leads to.
struct server_ref_access {
    template <class T>
    static server_ref<T> make(const located& l);
};
} // namespace detail

/// A reference to one server of class S: the verbs of `server_verbs` for that process.
///
/// Made by `start`, `start_child` and `server_name::whereis`; converts to `pid`. It keeps nothing
/// alive: when the server has exited, `call` fails with `noproc`, and a server that is restarted
/// has another reference. A default one refers to no process.
///
/// Shape: a value of the size of a pid.
/// Context: any thread.
template <class S>
class server_ref : public server_verbs<server_ref<S>, S> {
public:
    server_ref() = default;
    explicit server_ref(pid process) noexcept : pid_{process} {}
    operator const pid&() const noexcept { return pid_; }
    const pid& process() const noexcept { return pid_; }
    friend bool operator==(const server_ref& a, const server_ref& b) noexcept {
        return a.pid_ == b.pid_;
    }

private:
    friend detail::locate_access;
    detail::located locate() const noexcept { return {.process = pid_}; }
    pid pid_;
};

/// A reference for clients that know only the messages, not the server's class.
///
/// Made from a reference to a server that handles them all, or from one with a wider protocol: a
/// client gets no more than it needs.
///
/// Shape: a pid, and a pointer for each message.
/// Context: any thread.
template <class... Ms>
class server_ref<protocol<Ms...>>
    : public server_verbs<server_ref<protocol<Ms...>>, protocol<Ms...>> {
public:
    server_ref() = default;
    template <class S>
    server_ref(const server_ref<S>& r) : pid_{r} {
        if (auto table = detail::maker_table<protocol<Ms...>, S>::get())
            for (std::size_t i = 0; i < sizeof...(Ms); ++i)
                makers_[i] = table[i];
    }
    template <class... Os>
    server_ref(const server_ref<protocol<Os...>>& r) : pid_{r.pid_} {
        constexpr bool narrower = (detail::one_of<Ms, Os...> && ...);
        static_assert(narrower,
                      "coppice: the other reference's protocol lacks one of these messages");
        if constexpr (narrower)
            makers_ = {r.makers_[detail::index_of<Ms, Os...>()]...};
    }
    operator const pid&() const noexcept { return pid_; }
    const pid& process() const noexcept { return pid_; }
    friend bool operator==(const server_ref& a, const server_ref& b) noexcept {
        return a.pid_ == b.pid_;
    }

private:
    template <class>
    friend class server_ref;
    friend detail::locate_access;
    friend detail::server_ref_access;
    server_ref(pid process, const detail::erased_maker* makers) : pid_{process} {
        for (std::size_t i = 0; makers && i < sizeof...(Ms); ++i)
            makers_[i] = makers[i];
    }
    detail::located locate() const noexcept { return {.process = pid_, .makers = makers_.data()}; }
    pid pid_;
    std::array<detail::erased_maker, sizeof...(Ms)> makers_{};
};

namespace detail {
template <class T>
inline constexpr bool is_protocol = false;
template <class... Ms>
inline constexpr bool is_protocol<protocol<Ms...>> = true;

template <class T>
server_ref<T> server_ref_access::make(const located& l) {
    if constexpr (is_protocol<T>)
        return server_ref<T>{l.process, l.makers};
    else
        return server_ref<T>{l.process};
}
} // namespace detail

} // namespace coppice
