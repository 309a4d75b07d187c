// SPDX-License-Identifier: BSL-1.0
#include <coppice/detail/server.hpp>
#include <coppice/sys.hpp>

namespace coppice::sys {

result<void> try_suspend(pid server, time_limit timeout) {
    return detail::suspend_server(server, timeout);
}
void suspend(pid server, time_limit timeout) { try_suspend(server, timeout).value(); }

result<void> try_resume(pid server, time_limit timeout) {
    return detail::resume_server(server, timeout);
}
void resume(pid server, time_limit timeout) { try_resume(server, timeout).value(); }

} // namespace coppice::sys
