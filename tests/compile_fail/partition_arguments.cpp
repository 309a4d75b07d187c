// SPDX-License-Identifier: BSL-1.0
// Partitions whose server has no constructor that takes these arguments.
// expect: coppice: the server has no public constructor that takes these arguments
#include "counter.hpp"
#include <coppice/partition_supervisor.hpp>

child_spec f(partitions<counter>& counters) {
    return child<partition_supervisor>(counters, {.partitions = 8}, 1, 2);
}
