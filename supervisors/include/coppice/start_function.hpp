// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <concepts>
#include <coppice/start_result.hpp>
#include <memory>
#include <tuple>

namespace coppice {

/// What `start_child` gives to a child of a `simple_one_for_one` supervisor, besides what its
/// template holds. The supervisor keeps it, and each restart of that child gets it again.
///
/// Shape: any values, shared and never changed; empty by default.
/// Context: a value; any thread.
/// Source: OTP, `supervisor:start_child(Sup, ExtraArgs)`.
class start_args {
public:
    start_args() = default;
    template <class... Args>
    static start_args of(Args&&... args) {
        using tuple = std::tuple<std::decay_t<Args>...>;
        start_args a;
        a.values_ = std::make_shared<const tuple>(std::forward<Args>(args)...);
        a.key_ = &detail::type_key<tuple>;
        return a;
    }

    bool empty() const noexcept { return !values_; }
    /// The values, if they are exactly of these types; null else.
    template <class... Args>
    const std::tuple<Args...>* get_if() const noexcept {
        using tuple = std::tuple<Args...>;
        return detail::is_key_of<tuple>(key_) ? static_cast<const tuple*>(values_.get()) : nullptr;
    }

private:
    std::shared_ptr<const void> values_;
    const detail::type_identity* key_ = nullptr;
};

/// Starts a child. Runs in the supervisor's process, at each start and restart of the child.
///
/// It links the new process to the caller (`start_link`, `spawn_link`) and returns when the process
/// is ready. While it runs the supervisor does nothing else. For a server class `child<S>`
/// makes it.
///
/// Shape: any callable `start_result()` or `start_result(const start_args&)`; copies share it.
/// Errors: an exception that leaves the callable counts as a failed start.
/// Context: a value; any thread may copy it.
/// Source: OTP supervisor, child specification, key `start`.
class start_function {
public:
    start_function() = default; ///< none: refused as `missing_start`
    template <class F>
    requires(std::is_invocable_r_v<start_result, const F&> &&
             !std::same_as<std::remove_cvref_t<F>, start_function>) start_function(F f)
        : body_{std::allocate_shared<const plain<F>>(cells, std::move(f))} {}
    template <class F>
    requires(std::is_invocable_r_v<start_result, const F&, const start_args&> &&
             !std::is_invocable_r_v<start_result, const F&>) start_function(F f)
        : body_{std::allocate_shared<const with_args<F>>(cells, std::move(f))} {}

    start_result operator()(const start_args& args = {}) const { return body_->start(args); }
    explicit operator bool() const noexcept { return body_ != nullptr; }
    /// True if the callable takes `start_args`.
    bool takes_arguments() const noexcept { return body_ && body_->takes_arguments(); }
    /// The callable, if it is an F; null else.
    template <class F>
    const F* target() const noexcept {
        return body_ ? static_cast<const F*>(body_->target(detail::type_key<F>)) : nullptr;
    }

private:
    static constexpr detail::cell_allocator<void> cells{};
    struct base {
        virtual start_result start(const start_args&) const = 0;
        virtual bool takes_arguments() const noexcept = 0;
        virtual const void* target(const detail::type_identity&) const noexcept = 0;
        virtual ~base() = default;
    };
    template <class F>
    struct holder : base {
        F f;
        explicit holder(F x) : f(std::move(x)) {}
        const void* target(const detail::type_identity& type) const noexcept override {
            return detail::is_key_of<F>(&type) ? &f : nullptr;
        }
    };
    template <class F>
    struct plain final : holder<F> {
        using holder<F>::holder;
        start_result start(const start_args&) const override { return this->f(); }
        bool takes_arguments() const noexcept override { return false; }
    };
    template <class F>
    struct with_args final : holder<F> {
        using holder<F>::holder;
        start_result start(const start_args& args) const override { return this->f(args); }
        bool takes_arguments() const noexcept override { return true; }
    };
    std::shared_ptr<const base> body_;
};

} // namespace coppice
