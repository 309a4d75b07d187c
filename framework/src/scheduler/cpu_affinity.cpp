// SPDX-License-Identifier: BSL-1.0
#include "scheduler/cpu_affinity.hpp"
#include <algorithm>
#include <sched.h>
#if __has_include(<sys/rseq.h>)
#include <sys/rseq.h>
#define COPPICE_HAS_RSEQ
#endif

namespace coppice::detail {
namespace {

bool stands_on(std::span<const standing> awake,
               std::uint32_t processor,
               bool low_priority) noexcept {
    return std::any_of(awake.begin(), awake.end(), [&](const standing& s) {
        return s.processor == processor && (s.kind == thread_class::low_priority) == low_priority;
    });
}

} // namespace

const std::uint32_t* processor_of_this_thread() noexcept {
#ifdef COPPICE_HAS_RSEQ
    if (__rseq_size > 0) {
        char* const here = static_cast<char*>(__builtin_thread_pointer()) + __rseq_offset;
        return &reinterpret_cast<struct rseq*>(here)->cpu_id;
    }
#endif
    return nullptr;
}

void move_thread(int tid, std::uint32_t processor) noexcept {
    cpu_set_t allowed;
    if (processor >= CPU_SETSIZE || sched_getaffinity(tid, sizeof allowed, &allowed) != 0 ||
        !CPU_ISSET(processor, &allowed))
        return;
    cpu_set_t there;
    CPU_ZERO(&there);
    CPU_SET(processor, &there);
    if (sched_setaffinity(tid, sizeof there, &there) == 0)
        sched_setaffinity(tid, sizeof allowed, &allowed);
}

std::optional<proposed_move> plan_move(std::span<const standing> awake) noexcept {
    for (const standing& s : awake) {
        if (s.kind == thread_class::low_priority || !s.still)
            continue;
        if (stands_on(awake, s.processor, true))
            return proposed_move{std::nullopt, s.processor};
        const bool shares = std::any_of(awake.begin(), awake.end(), [&](const standing& o) {
            return &o != &s && o.processor == s.processor;
        });
        const auto roomier = std::find_if(awake.begin(), awake.end(), [&](const standing& o) {
            return o.kind == thread_class::low_priority && !stands_on(awake, o.processor, false);
        });
        if (shares && roomier != awake.end())
            return proposed_move{s.thread, roomier->processor};
    }
    return std::nullopt;
}

} // namespace coppice::detail
