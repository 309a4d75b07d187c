// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <atomic>

namespace coppice::detail {

/// A plain field of its owner that other threads may read, too: what they see may be a moment old,
/// or that of the slot's next process.
template <class T>
class relaxed_atomic {
public:
    relaxed_atomic() noexcept = default;
    relaxed_atomic& operator=(T value) noexcept {
        value_.store(value, std::memory_order_relaxed);
        return *this;
    }
    operator T() const noexcept { return value_.load(std::memory_order_relaxed); }
    T operator->() const noexcept { return *this; }

private:
    std::atomic<T> value_{};
};

} // namespace coppice::detail
