// SPDX-License-Identifier: BSL-1.0
#pragma once
// What the templates need from the runtime: opaque, out of line, no heavy header.
#include <cstddef>
#include <cstdint>
#include <new>
#include <string_view>
#include <type_traits>
#include <typeinfo>
#include <utility>

namespace coppice::detail {

/// The name of a type as people write it, found at compile time.
template <class T>
consteval std::string_view type_name() {
    std::string_view s = __PRETTY_FUNCTION__;
    s.remove_prefix(s.find("T = ") + 4);
    return s.substr(0, s.find_first_of(";]"));
}

/// Complete for each T, and with a `type_info` that knows whether T is the same type elsewhere: one
/// in an unnamed namespace is not.
template <class T>
struct type_tag {};

/// What a receiver knows of a type: in one binary the same type has the same address. A plug-in or
/// a shared library whose symbols are hidden has another; there the name decides, so a type is the
/// same type in all binaries of a program. (Compiled without RTTI a type is the same in its own
/// binary only.)
struct type_identity {
    std::string_view name;
    std::uint64_t name_hash; // seldom the same for two types: what decides at once that they differ
    const std::type_info* info;
};

template <class T>
consteval type_identity identify() {
    constexpr std::string_view name = type_name<T>();
    std::uint64_t hash = 0xcbf29ce484222325; // FNV-1a
    for (const char c : name)
        hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
#if defined(__GXX_RTTI) || defined(__cpp_rtti)
    return {.name = name, .name_hash = hash, .info = &typeid(type_tag<T>)};
#else
    return {.name = name, .name_hash = hash, .info = nullptr};
#endif
}

template <class T>
inline constexpr type_identity type_key = identify<T>();

/// For two addresses: the same type, seen from two binaries?
bool is_same_elsewhere(const type_identity& a, const type_identity& b) noexcept;

/// Null is the key of no type.
inline bool is_same_type(const type_identity* a, const type_identity* b) noexcept {
    return a == b || (a && b && a->name_hash == b->name_hash && is_same_elsewhere(*a, *b));
}
template <class T>
bool is_key_of(const type_identity* key) noexcept {
    return is_same_type(key, &type_key<T>);
}

struct envelope;

/// What a mailbox must know of the envelopes of one message type.
struct envelope_ops {
    enum class kind : std::uint8_t {
        typed,   // a call, cast, info or continue: `handle` knows the server's class
        message, // sent by pid: the receiver looks at `key`
        system,  // stop, suspend, resume: in order with messages, handled by the runtime
        signal,  // between processes, never seen by user code
        runtime, // between threads, never in a mailbox
    };

    kind what;
    const type_identity* key; // which message type; null when user code never matches it
    std::string_view name;    // the same for reports
    // typed: runs the server's handler and disposes of the envelope. system: the same with the
    // process. runtime: arrived at its thread.
    void (*handle)(envelope*, void* target);
    // Disposes of an envelope that is not handled. A call is answered first.
    void (*drop)(envelope*) noexcept;
    void* (*payload)(envelope*) noexcept; // message: where the value lies
    bool is_request = false;              // a call: it must be answered whatever happens
    bool is_internal = false; // what the runtime sends itself: the bound does not count it
    // system: `handle` may run code of a user's, which may throw and wait: see system_request.hpp
    bool runs_user_code = false;
};

/// One message on its way.
///
/// 64-byte aligned, because the low six bits of its address carry the length of the mailbox.
struct alignas(64) envelope {
    explicit envelope(const envelope_ops& o) noexcept : ops{&o} {}
    envelope* next = nullptr;
    const envelope_ops* ops;
    bool counted = false; // against the bound of its mailbox
};

/// Memory for envelopes, from magazines of the calling thread. Never returns null.
void* allocate_cell_of(std::size_t bytes);
void free_cell_of(void* memory, std::size_t bytes) noexcept;

/// Memory for one T: the same, unless a member of the user's wants to be aligned more than an
/// envelope is.
template <class T>
void* allocate_cell() {
    if constexpr (alignof(T) > alignof(envelope))
        return ::operator new (sizeof(T), std::align_val_t{alignof(T)});
    else
        return allocate_cell_of(sizeof(T));
}
template <class T>
void free_memory_of(void* memory) noexcept {
    if constexpr (alignof(T) > alignof(envelope))
        ::operator delete (memory, std::align_val_t{alignof(T)});
    else
        free_cell_of(memory, sizeof(T));
}

/// Constructs a T in such memory; for what lives about as long as a message.
template <class T, class... Args>
T* make_in_cell(Args&&... args) {
    void* where = allocate_cell<T>();
    if constexpr (std::is_nothrow_constructible_v<T, Args&&...>)
        return ::new (where) T(std::forward<Args>(args)...);
    else {
        struct guard {
            void* memory;
            ~guard() {
                if (memory)
                    free_memory_of<T>(memory);
            }
        } g{where};
        T* t = ::new (where) T(std::forward<Args>(args)...);
        g.memory = nullptr;
        return t;
    }
}

template <class N, class... Args>
N* make_envelope(Args&&... args) {
    static_assert(std::is_base_of_v<envelope, N>);
    return make_in_cell<N>(std::forward<Args>(args)...);
}

template <class T>
void dispose(T* t) noexcept {
    t->~T();
    free_memory_of<T>(t);
}

/// The same memory for what the standard library makes.
template <class T>
struct cell_allocator {
    using value_type = T;
    cell_allocator() = default;
    template <class U>
    cell_allocator(const cell_allocator<U>&) noexcept {}
    // The library makes arrays of pointers too, so T may be one, and its own size is meant.
    static constexpr std::size_t size = sizeof(T); // NOLINT(bugprone-sizeof-expression)
    T* allocate(std::size_t n) { return static_cast<T*>(allocate_cell_of(n * size)); }
    void deallocate(T* p, std::size_t n) noexcept { free_cell_of(p, n * size); }
    friend bool operator==(cell_allocator, cell_allocator) noexcept { return true; }
};

/// Disposes of an envelope at the end of a scope, also when a handler throws.
template <class N>
struct envelope_guard {
    N* n;
    ~envelope_guard() {
        if (n)
            dispose(n);
    }
};

} // namespace coppice::detail
