// SPDX-License-Identifier: BSL-1.0
#include <coppice/child_info.hpp>
#include <coppice/detail/server_class.hpp>
#include <fmt/format.h>

namespace coppice::detail {

bool is_of_class(const child_info& child, const server_type& wanted) noexcept {
    return class_of(child.process) == &wanted;
}

failure not_of_class(const child_info& child, const server_type& wanted) {
    if (!child.process.alive())
        return {errc::noproc, exit_reason::noproc,
                fmt::format("the child `{}` does not run: it is {}", child.id,
                            child.process ? "gone since it was listed" : to_string(child.status))};
    const server_type* const is = class_of(child.process);
    return {errc::bad_name_type, exit_reason{"bad_name_type"},
            fmt::format("the child `{}` is a {}, not a {}", child.id,
                        is ? is->name : "function process", wanted.name)};
}

} // namespace coppice::detail
