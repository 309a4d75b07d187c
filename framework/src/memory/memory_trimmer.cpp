// SPDX-License-Identifier: BSL-1.0
#include "memory/memory_trimmer.hpp"
#include "memory/cell_pool.hpp"
#include <ctime>
#include <utility>
#if defined(__GLIBC__)
#include <malloc.h>
#endif

namespace coppice::detail {
namespace {

using namespace std::chrono_literals;

constexpr auto period = 1s;
constexpr std::uint64_t worth_a_trim = 10'000; // processes that have ended
constexpr int calm_share = 10;                 // less than a tenth of one processor

std::chrono::nanoseconds cpu_of_program() noexcept {
    timespec t{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return std::chrono::seconds{t.tv_sec} + std::chrono::nanoseconds{t.tv_nsec};
}

void trim_malloc() noexcept {
#if defined(__GLIBC__)
    malloc_trim(0);
#endif
}

} // namespace

bool memory_trimmer::was_calm(clock::time_point now) {
    const auto since = now - std::exchange(stock_taken_, now);
    const auto cpu = cpu_of_program();
    return cpu - std::exchange(cpu_, cpu) < since / calm_share;
}

memory_trimmer::clock::time_point memory_trimmer::work(clock::time_point now, std::uint64_t ended) {
    if (giving_) {
        giving_ = cell_pool::give_back_some();
        return now;
    }
    if (now < stock_taken_ + period)
        return stock_taken_ + period;
    const bool calm = was_calm(now);
    giving_ = cell_pool::take_stock();
    const bool trim = ended - trimmed_at_ >= worth_a_trim;
    if (trim && calm) {
        trim_malloc();
        trimmed_at_ = ended;
    }
    return giving_ ? now : trim ? now + period : clock::time_point::max();
}

} // namespace coppice::detail
