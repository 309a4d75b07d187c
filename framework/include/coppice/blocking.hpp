// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <memory>
#include <optional>
#include <type_traits>

namespace coppice {

namespace detail {
/// Runs `f(context)` on a thread for blocking work; the calling process waits. What it throws is
/// thrown here.
void run_blocking(void (*f)(void*), void* context);
} // namespace detail

/// Runs a piece that blocks (a file, a library that knows no fibers) on a thread for blocking work
/// while the process waits and all others go on:
/// `auto text = blocking([&] { return read(file); });`
///
/// Shape: `f` is a function or a function object; returns what it returns, a reference as such.
/// Errors: throws what `f` throws; std::logic_error outside a process.
/// Context: in a process; suspends it. `f` runs outside of all processes, so `this_process` is not
/// there. A kill takes effect when `f` has returned, because `f` may use the process's stack.
template <class F>
auto blocking(F&& f) -> std::invoke_result_t<F&> {
    using R = std::invoke_result_t<F&>;
    if constexpr (std::is_void_v<R>) {
        struct call {
            std::remove_reference_t<F>& f;
        } c{f};
        detail::run_blocking([](void* p) { static_cast<call*>(p)->f(); }, &c);
    } else if constexpr (std::is_reference_v<R>) {
        struct call {
            std::remove_reference_t<F>& f;
            std::remove_reference_t<R>* result;
        } c{f, nullptr};
        detail::run_blocking(
            [](void* p) {
                auto& self = *static_cast<call*>(p);
                auto&& result = self.f();
                self.result = std::addressof(result);
            },
            &c);
        return static_cast<R>(*c.result);
    } else {
        struct call {
            std::remove_reference_t<F>& f;
            std::optional<R> result;
        } c{f, std::nullopt};
        detail::run_blocking(
            [](void* p) {
                auto& self = *static_cast<call*>(p);
                self.result.emplace(self.f());
            },
            &c);
        return std::move(*c.result);
    }
}

} // namespace coppice
