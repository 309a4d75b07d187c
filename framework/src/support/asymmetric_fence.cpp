// SPDX-License-Identifier: BSL-1.0
#include "support/asymmetric_fence.hpp"
#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace coppice::detail {

void prepare_asymmetric_fences() noexcept {
    const long refused = syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0);
    kernel_fences_for_all.store(refused == 0, std::memory_order_relaxed);
}

void asymmetric_thread_fence_heavy() noexcept {
    if (kernel_fences_for_all.load(std::memory_order_relaxed))
        syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0);
    else
        std::atomic_thread_fence(std::memory_order_seq_cst);
}

} // namespace coppice::detail
