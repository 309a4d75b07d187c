// SPDX-License-Identifier: BSL-1.0
#pragma once
#include "messages.hpp"
#include <coppice/supervisor_ref.hpp>

namespace coppice::detail {

/// What the library itself asks of supervisors, besides the verbs.
struct supervisor_access {
    static supervisor_kind kind(const supervisor_ref& sup) noexcept { return sup.kind_; }
    static supervisor_ref make(pid process, supervisor_kind kind) { return {process, kind}; }
    /// A reference to the process, if it is a supervisor of any kind.
    static std::optional<supervisor_ref> find(pid process);
    /// The first children, without the cost of a list of all.
    static result<oldest_children> oldest(const supervisor_ref& sup,
                                          std::size_t at_most,
                                          time_limit timeout);
};

} // namespace coppice::detail
