// SPDX-License-Identifier: BSL-1.0
#include <coppice/priority.hpp>

namespace coppice {

std::string_view to_string(priority p) noexcept { return p == priority::low ? "low" : "normal"; }

} // namespace coppice
