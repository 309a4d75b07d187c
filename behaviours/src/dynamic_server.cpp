// SPDX-License-Identifier: BSL-1.0
#include <coppice/dynamic_server.hpp>

namespace coppice::detail {

std::any answer_or_rethrow(result<dynamic_answer> r) {
    if (r)
        return std::move(r->value);
    if (r.error().code == errc::exited)
        if (const std::exception_ptr thrown = r.error().reason.exception())
            std::rethrow_exception(thrown);
    throw_failure(r.error());
}

} // namespace coppice::detail
