// SPDX-License-Identifier: BSL-1.0
#pragma once
#include "support/valgrind.hpp"
#include <cstddef>
#include <pthread.h>

#if defined(__SANITIZE_ADDRESS__)
#define COPPICE_ASAN 1
#elif defined(__SANITIZE_THREAD__)
#define COPPICE_TSAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define COPPICE_ASAN 1
#elif __has_feature(thread_sanitizer)
#define COPPICE_TSAN 1
#endif
#endif

#if defined(COPPICE_ASAN)
#include <sanitizer/common_interface_defs.h>
#include <sanitizer/lsan_interface.h>
#elif defined(COPPICE_TSAN)
#include <sanitizer/tsan_interface.h>
extern "C" void __tsan_func_entry(void*);
#endif

// TSan counts calls and returns on the stack that it believes is running. A function that announces
// a switch and returns before it happens would return on the wrong one, so TSan must not see it.
#if defined(COPPICE_TSAN)
#define COPPICE_UNSEEN_BY_TSAN __attribute__((no_sanitize_thread))
#else
#define COPPICE_UNSEEN_BY_TSAN
#endif

// The sanitizers do not know our switches between stacks; these hooks tell them.
namespace coppice::detail::sanitizer {

/// Does a tool watch our memory, a sanitizer or valgrind?
inline bool on() noexcept {
#if defined(COPPICE_ASAN) || defined(COPPICE_TSAN)
    return true;
#else
    return valgrind::watches_the_heap();
#endif
}

/// How many times larger than without it a sanitizer makes the frames of a function, at most.
#if defined(COPPICE_ASAN)
constexpr std::size_t frame_factor = 4; // red zones around each local variable
#else
constexpr std::size_t frame_factor = 1;
#endif

/// What a sanitizer must know of one stack.
struct stack_info {
    void* bottom = nullptr;
    std::size_t size = 0;
    void* fake = nullptr; // ASan's shadow of the stack
    void* tsan = nullptr; // TSan's fiber
    bool unwinds = false; // will run to unwind fibers that have ended
};

#if defined(COPPICE_ASAN)
// A switch was announced, and that it happened was not said yet: Boost's own code ran in between.
inline thread_local bool announced = false;
#endif

/// For the stack with which a thread began.
inline void adopt_thread(stack_info& s) noexcept {
#if defined(COPPICE_TSAN)
    s.tsan = __tsan_get_current_fiber();
#else
    pthread_attr_t attributes;
    pthread_getattr_np(pthread_self(), &attributes);
    pthread_attr_getstack(&attributes, &s.bottom, &s.size);
    pthread_attr_destroy(&attributes);
#endif
}

/// Boost's own last switch, from the dispatcher to a thread that ends, passes no hook of ours.
inline void leave_thread([[maybe_unused]] stack_info& s) noexcept {
#if defined(COPPICE_TSAN)
    __tsan_switch_to_fiber(s.tsan, 0);
#endif
}

/// A fiber that has ended is unwound by Boost on the dispatcher's turn: its last returns are
/// counted there. How many they are depends on what the compiler inlined, so the dispatcher gets a
/// TSan fiber with room for more than that, and a new one when others end after its turn.
COPPICE_UNSEEN_BY_TSAN inline void will_be_unwound_by(
    [[maybe_unused]] stack_info& dispatcher) noexcept {
#if defined(COPPICE_TSAN)
    constexpr int returns = 16;
    if (!dispatcher.unwinds && dispatcher.tsan) {
        __tsan_destroy_fiber(
            dispatcher.tsan); // between its turns it is inside no call that TSan saw
        dispatcher.tsan = nullptr;
    }
    dispatcher.unwinds = true;
    if (!dispatcher.tsan)
        dispatcher.tsan = __tsan_create_fiber(0);
    void* me = __tsan_get_current_fiber();
    __tsan_switch_to_fiber(dispatcher.tsan, 0);
    for (int i = 0; i < returns; ++i)
        __tsan_func_entry(__builtin_return_address(0));
    __tsan_switch_to_fiber(me, 0);
#endif
}

/// Directly before a switch. `from` is null when its stack will run again only to be unwound.
COPPICE_UNSEEN_BY_TSAN inline void before_switch([[maybe_unused]] stack_info* from,
                                                 [[maybe_unused]] stack_info& to) noexcept {
#if defined(COPPICE_ASAN)
    if (announced)
        __sanitizer_finish_switch_fiber(from ? from->fake : nullptr, nullptr, nullptr);
    __sanitizer_start_switch_fiber(from ? &from->fake : nullptr, to.bottom, to.size);
    announced = true;
#elif defined(COPPICE_TSAN)
    if (from)
        from->unwinds = false;
    if (!to.tsan)
        to.tsan = __tsan_create_fiber(0);
    __tsan_switch_to_fiber(to.tsan, 0);
#endif
}

/// First thing on the stack that was switched to.
inline void after_switch([[maybe_unused]] stack_info& self) noexcept {
#if defined(COPPICE_ASAN)
    if (announced)
        __sanitizer_finish_switch_fiber(self.fake, nullptr, nullptr);
    announced = false;
#elif defined(COPPICE_TSAN)
    if (self.tsan && __tsan_get_current_fiber() != self.tsan)
        __tsan_switch_to_fiber(self.tsan, 0);
#endif
}

/// A stack that is left behind, and what only it points to, is no leak.
inline void keep_for_ever([[maybe_unused]] const stack_info& s) noexcept {
#if defined(COPPICE_ASAN)
    __lsan_register_root_region(s.bottom, s.size);
#endif
}

/// When a stack is handed back.
inline void forget([[maybe_unused]] stack_info& s) noexcept {
#if defined(COPPICE_TSAN)
    if (s.tsan)
        __tsan_destroy_fiber(s.tsan);
    s.tsan = nullptr;
#endif
}

} // namespace coppice::detail::sanitizer
