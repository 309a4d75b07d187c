// SPDX-License-Identifier: BSL-1.0
// W19: a task for each element of a range.
#include "figure.hpp"
#include "workloads.hpp"
#include <coppice.hpp>
#include <coppice/async_stream.hpp>
#include <numeric>
#include <vector>

namespace benchmark {

using namespace coppice;

namespace {

/// The sum of twice all elements, by a stream with so many tasks at a time.
void measure_stream(const char* figure, const stream_options& how) {
    constexpr long elements = 100'000;
    std::vector<long> all(elements);
    std::iota(all.begin(), all.end(), 1L);
    long sum = 0;
    stopwatch w;
    for (const result<long>& r : async_stream(
             all, [](long n) { return 2 * n; }, how))
        sum += r.value();
    report("W19", figure, w.ns_each(elements), "ns", sum == elements * (elements + 1));
}

} // namespace

void w19_stream() {
    runtime::run([] {
        measure_stream("ns_per_element", {});
        measure_stream("ns_per_element_100_at_once", {.max_concurrency = 100});
        measure_stream("ns_per_element_unordered", {.max_concurrency = 100, .ordered = false});
    });
}

} // namespace benchmark
