// SPDX-License-Identifier: BSL-1.0
#pragma once

namespace coppice {

/// The time in this state is up; see `this_state::timeout`.
struct state_timeout {};

} // namespace coppice
