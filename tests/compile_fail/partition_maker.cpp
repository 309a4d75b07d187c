// SPDX-License-Identifier: BSL-1.0
// A function that makes partitions and takes no number.
// expect: coppice: child_from for partitions: the function takes the number of the partition, a size_t, and returns its server by value
#include "counter.hpp"
#include <coppice/partition_supervisor.hpp>

child_spec f(partitions<counter>& counters) {
    return child_from(counters, {.partitions = 8}, [] { return counter{1}; });
}
