// SPDX-License-Identifier: BSL-1.0
// A key with many processes as a name.
// expect: coppice: a key of a duplicate_registry has many processes, so it is no name
#include "counter.hpp"

inline duplicate_registry<int, counter> sessions{"sessions"};

auto f() { return child<counter>(sessions(1), 0); }
