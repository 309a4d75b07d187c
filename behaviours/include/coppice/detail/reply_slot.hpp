// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <coppice/detail/request.hpp>
#include <new>

namespace coppice::detail {

struct from_access;
struct unit {};
template <class R>
using stored = std::conditional_t<std::is_void_v<R>, unit, R>;

/// A request with room for its reply: all that a client sees of a call. What is asked stands behind
/// it, in the part that the server's side sees.
template <class R>
struct reply_slot : request {
    explicit reply_slot(const envelope_ops& o) noexcept : request{o} {}
    ~reply_slot() {
        if (result == outcome::value)
            value().~T();
    }
    reply_slot(const reply_slot&) = delete;
    reply_slot& operator=(const reply_slot&) = delete;

    using T = stored<R>;
    T& value() noexcept { return *std::launder(reinterpret_cast<T*>(room)); }
    /// The value; `result` is set when it is delivered.
    void store(T&& v) noexcept { ::new (static_cast<void*>(room)) T(std::move(v)); }

    alignas(T) unsigned char room[sizeof(T)];
};

} // namespace coppice::detail
