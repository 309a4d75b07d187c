// SPDX-License-Identifier: BSL-1.0
#include <coppice/pg.hpp>

namespace coppice::detail {

failure null_member(const std::string& scope) {
    return {.code = errc::noproc,
            .reason = exit_reason::noproc,
            .detail = "a null reference cannot join a group of \"" + scope + '"'};
}

failure not_joined(const std::string& scope) {
    return {.code = errc::not_found,
            .reason = exit_reason{"not_joined"},
            .detail = "none of the processes is a member of this group of \"" + scope + '"'};
}

} // namespace coppice::detail
