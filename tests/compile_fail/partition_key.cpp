// SPDX-License-Identifier: BSL-1.0
// A key of partitions that cannot be hashed.
// expect: coppice: a key of partitions is a whole number, a text, or a type with a std::hash: give this one a std::hash
#include "counter.hpp"
#include <coppice/partition_supervisor.hpp>

struct user {
    int id;
};

void f(partitions<counter>& counters, user u) { counters(u).cast(add{1}); }
