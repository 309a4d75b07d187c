// SPDX-License-Identifier: BSL-1.0
#pragma once
#include "process/process.hpp"

namespace coppice::detail {

/// Handles a start request. True: the server has ended.
bool construct_server(process& p, envelope* n);

} // namespace coppice::detail
