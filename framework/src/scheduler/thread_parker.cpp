// SPDX-License-Identifier: BSL-1.0
#include "log/report_events.hpp"
#include "process/guarded.hpp"
#include "scheduler/idle_threads.hpp"

namespace coppice::detail {
namespace {

template <class F>
std::size_t run_handlers(F f) noexcept {
    std::size_t count = 0;
    const ending e = guarded([&] { count = f(); });
    if (e.kind != ending::how::returned)
        report_failed_handler(e.reason);
    return count;
}

} // namespace

std::size_t thread_parker::poll() noexcept {
    return run_handlers([this] { return io.poll(); });
}

void thread_parker::run_one_until(std::chrono::steady_clock::time_point deadline) noexcept {
    run_handlers([&] {
        return deadline == std::chrono::steady_clock::time_point::max()
                   ? io.run_one()
                   : io.run_one_until(deadline);
    });
}

} // namespace coppice::detail
