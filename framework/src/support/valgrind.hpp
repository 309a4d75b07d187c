// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <cstddef>
#include <utility>

#if __has_include(<valgrind/memcheck.h>)
#include <valgrind/memcheck.h>
#else
// The library is built all the same, and valgrind then knows nothing of our stacks. Each argument
// is used, so that no parameter of the functions below is unused.
#define VALGRIND_GET_VBITS(address, bits, size) ((void)(address), (void)(bits), (void)(size), 0U)
#define VALGRIND_STACK_REGISTER(first, last) ((void)(first), (void)(last), 0U)
#define VALGRIND_STACK_DEREGISTER(id) ((void)(id))
#define VALGRIND_MAKE_MEM_UNDEFINED(address, size) ((void)(address), (void)(size))
#define VALGRIND_MAKE_MEM_NOACCESS(address, size) ((void)(address), (void)(size))
#endif

// Valgrind takes a switch to a stack that it does not know for a huge frame. So it is told where
// stacks are made, never at a switch: outside valgrind that costs nothing one could measure.
namespace coppice::detail::valgrind {

/// Does memcheck run us? Under callgrind, say, memory is what it is without.
inline bool watches_the_heap() noexcept {
    static const bool yes = [] {
        const char byte = 0;
        char bits = 0;
        return VALGRIND_GET_VBITS(&byte, &bits, 1) == 1; // only memcheck knows
    }();
    return yes;
}

/// Tells of a stack. Returns its number.
inline unsigned add_stack(void* bottom, std::size_t size) noexcept {
    return VALGRIND_STACK_REGISTER(bottom, static_cast<char*>(bottom) + size - 1);
}

/// A stack that is gone when this is.
class known_stack {
public:
    void is(void* bottom, std::size_t size) noexcept {
        id_ = add_stack(bottom, size);
        known_ = true;
    }
    known_stack() = default;
    known_stack(const known_stack&) = delete;
    known_stack& operator=(const known_stack&) = delete;
    ~known_stack() {
        if (known_)
            VALGRIND_STACK_DEREGISTER(id_);
    }

private:
    unsigned id_ = 0;
    bool known_ = false;
};

/// What the last user left on a stack means nothing to the next.
inline void hand_out(void* bottom, std::size_t size) noexcept {
    VALGRIND_MAKE_MEM_UNDEFINED(bottom, size);
}
/// No thread looks at a stack that has been handed back.
inline void take_back(void* bottom, std::size_t size) noexcept {
    VALGRIND_MAKE_MEM_NOACCESS(bottom, size);
}

} // namespace coppice::detail::valgrind
