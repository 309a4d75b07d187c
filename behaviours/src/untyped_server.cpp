// SPDX-License-Identifier: BSL-1.0
#include <coppice/untyped_server.hpp>

namespace coppice::detail {

std::any value_or_rethrow(result<untyped_reply> r) {
    if (r)
        return std::move(r->value);
    if (r.error().code == errc::exited)
        if (const std::exception_ptr thrown = r.error().reason.exception())
            std::rethrow_exception(thrown);
    throw_failure(r.error());
}

} // namespace coppice::detail
