// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <cstdint>
#include <string_view>

namespace coppice {

/// Whether a child is started again after it has ended.
///
/// An orderly end is `normal`, `shutdown` or `{shutdown, _}`. All else is a failure.
///
/// Source: OTP supervisor, child specification, key `restart`.
enum class restart_type : std::uint8_t {
    permanent, ///< always
    transient, ///< after a failure only; after an orderly end its spec stays, for `restart_child`
    temporary, ///< never, and its spec goes with it
};
using enum restart_type;

/// The word for it, as it stands in logs.
std::string_view to_string(restart_type) noexcept;

} // namespace coppice
