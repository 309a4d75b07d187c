// SPDX-License-Identifier: BSL-1.0
#include "process/guarded.hpp"
#include <boost/assert.hpp>
#include <coppice/detail/contained.hpp>

namespace coppice::detail {

contained contain(void (*f)(void*), void* context) {
    ending e = guarded([&] { f(context); });
    switch (e.kind) {
    case ending::how::returned:
        return {};
    case ending::how::ignored:
        return {contained::end::ignored};
    case ending::how::exited:
    case ending::how::failed:
        return {contained::end::failed, std::move(e.reason)};
    case ending::how::killed:
        throw process_killed{};
    }
    BOOST_ASSERT_MSG(false, "no such ending");
    return {};
}

} // namespace coppice::detail
