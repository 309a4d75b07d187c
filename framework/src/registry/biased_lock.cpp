// SPDX-License-Identifier: BSL-1.0
#include "registry/biased_lock.hpp"
#include "scheduler/name_readers.hpp"
#include "support/asymmetric_fence.hpp"
#include <thread>

namespace coppice::detail {

void biased_lock::lock_to_read() {
    mutex_.lock();
    if (biased_.load(std::memory_order_relaxed) || !this_worker || ++reads_ < reads_until_biased)
        return;
    reads_ = 0;
    if (kernel_fences_for_all.load(std::memory_order_relaxed)) // set before the threads start
        biased_.store(true, std::memory_order_release);        // what was written before is written
}

void biased_lock::revoke() noexcept {
    reads_ = 0;
    biased_.store(false, std::memory_order_relaxed); // before the fence, which orders it
    asymmetric_thread_fence_heavy();
    while (name_readers::is_read(this)) // for a look-up
        std::this_thread::yield();
}

} // namespace coppice::detail
