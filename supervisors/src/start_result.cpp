// SPDX-License-Identifier: BSL-1.0
#include <coppice/start_result.hpp>

namespace coppice {

start_result::start_result(result<pid> started) {
    if (started)
        child_.process = *started;
    else if (started.error().code != errc::ignored)
        failure_ = std::move(started).error();
}

} // namespace coppice
