// SPDX-License-Identifier: BSL-1.0
#include "scheduler/thread_class.hpp"
#include <pthread.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace coppice::detail {
namespace {

// Measured with four CPU-bound processes beside a thousand servers: at +10 the low-priority threads
// still get a share of a busy machine, and normal threads are hardly ever late. SCHED_IDLE starves
// it.
constexpr int low_priority_nice = 10;
constexpr std::uint64_t short_slice = 100'000, long_slice = 20'000'000; // ns

// The C library does not know it yet.
struct scheduling {
    std::uint32_t size = sizeof(scheduling);
    std::uint32_t policy = SCHED_OTHER;
    std::uint64_t flags = 0;
    std::int32_t nice = 0;
    std::uint32_t priority = 0;
    std::uint64_t runtime = 0; // the slice, from Linux 6.12 on
    std::uint64_t deadline = 0, period = 0;
};

} // namespace

void enter_class(thread_class k) noexcept {
    const auto self = static_cast<id_t>(syscall(SYS_gettid));
    const int inherited = getpriority(PRIO_PROCESS, self);
    scheduling wanted;
    wanted.nice = k == thread_class::low_priority ? inherited + low_priority_nice : inherited;
    wanted.runtime = k == thread_class::low_priority ? long_slice : short_slice;
    if (k == thread_class::low_priority)
        setpriority(PRIO_PROCESS, self, wanted.nice);
    syscall(SYS_sched_setattr, self, &wanted, 0U);
}

void name_thread(const std::string& name) noexcept {
    pthread_setname_np(pthread_self(), name.substr(0, 15).c_str());
}

} // namespace coppice::detail
