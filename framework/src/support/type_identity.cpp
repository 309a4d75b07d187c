// SPDX-License-Identifier: BSL-1.0
#include <coppice/detail/envelope.hpp>

namespace coppice::detail {

// std::type_info knows which types have the same name by chance only: those of unnamed namespaces,
// and what is made of them.
bool is_same_elsewhere(const type_identity& a, const type_identity& b) noexcept {
    return a.info && b.info && *a.info == *b.info;
}

} // namespace coppice::detail
