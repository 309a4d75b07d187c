// SPDX-License-Identifier: BSL-1.0
// A child that is asked for by something that is no server class.
// expect: coppice: a child is asked for by the class of its server, as in as<counter>(); this is no such class
#include "counter.hpp"

void f(const child_info& c) { c.as<int>(); }
