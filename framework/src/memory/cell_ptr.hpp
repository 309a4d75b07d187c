// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <coppice/detail/envelope.hpp>
#include <memory>

namespace coppice::detail {

/// Owns what make_in_cell made.
struct disposer {
    template <class T>
    void operator()(T* t) const noexcept {
        dispose(t);
    }
};
template <class T>
using cell_ptr = std::unique_ptr<T, disposer>;

} // namespace coppice::detail
