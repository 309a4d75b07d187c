// SPDX-License-Identifier: BSL-1.0
// A monitor of a group without handlers for its notices.
// expect: coppice: this server does not handle this info message
#include "counter.hpp"
#include <coppice/pg.hpp>

inline pg<int, pid> groups{"groups"};

void f(server_ref<counter> c) { groups.monitor(1, c); }
