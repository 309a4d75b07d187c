// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <coppice.hpp>

namespace kv {

inline constexpr coppice::server_name<coppice::supervisor> root{"kv"};
inline constexpr coppice::server_name<coppice::dynamic_supervisor> the_connections{"connections"};

/// The supervision tree, for clients that connect to `listening`.
std::vector<coppice::child_spec> tree(int listening);

} // namespace kv
