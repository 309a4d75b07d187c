// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <array>
#include <coppice/detail/client.hpp>

namespace coppice {

/// One incarnation of a server of class S, and the verbs to talk to it: `call`, `cast`, ...
///
/// A small value that keeps nothing alive; a call to the dead answers `noproc`. Made by `start`;
/// a default one is nobody.
template <class S>
class server_ref : public detail::client<server_ref<S>, S> {
public:
    server_ref() = default;
    explicit server_ref(pid p) noexcept : pid_{p} {}
    operator const pid&() const noexcept { return pid_; }
    const pid& process() const noexcept { return pid_; }
    friend bool operator==(const server_ref& a, const server_ref& b) noexcept {
        return a.pid_ == b.pid_;
    }
    detail::located locate() const noexcept { return {.process = pid_}; }

private:
    pid pid_;
};

/// The same for clients that know only the messages.
///
/// Made from a reference to a server that handles them all, or from one with a wider protocol.
template <class... Ms>
class server_ref<protocol<Ms...>>
    : public detail::client<server_ref<protocol<Ms...>>, protocol<Ms...>> {
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
    server_ref(pid p, const detail::erased_maker* makers) : pid_{p} {
        for (std::size_t i = 0; makers && i < sizeof...(Ms); ++i)
            makers_[i] = makers[i];
    }
    operator const pid&() const noexcept { return pid_; }
    const pid& process() const noexcept { return pid_; }
    friend bool operator==(const server_ref& a, const server_ref& b) noexcept {
        return a.pid_ == b.pid_;
    }
    detail::located locate() const noexcept { return {.process = pid_, .makers = makers_.data()}; }

private:
    template <class>
    friend class server_ref;
    pid pid_;
    std::array<detail::erased_maker, sizeof...(Ms)> makers_{};
};

} // namespace coppice
