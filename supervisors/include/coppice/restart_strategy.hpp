// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <cstdint>
#include <string_view>

namespace coppice {

/// Which children are restarted when one of them has exited and is to be restarted.
///
/// Choose by dependency. Independent children: `one_for_one`. Children that are useless without
/// each other: `one_for_all`. A chain, in which each needs those before it: `rest_for_one`. Many
/// children of one kind, started while the program runs: `simple_one_for_one`, or better a
/// `dynamic_supervisor`, whose children may differ.
///
/// Source: OTP Design Principles, "Supervisor Behaviour", Restart Strategy.
enum class restart_strategy : std::uint8_t {
    one_for_one,        ///< the one that ended, alone
    one_for_all,        ///< all; the others are stopped first, newest first
    rest_for_one,       ///< that one and those started after it
    simple_one_for_one, ///< the one that ended; all children come from one template
};
using enum restart_strategy;

/// The word for it, as it stands in logs.
std::string_view to_string(restart_strategy) noexcept;

} // namespace coppice
