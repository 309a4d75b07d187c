// SPDX-License-Identifier: BSL-1.0
// A child whose arguments fit no constructor.
// expect: coppice: the server has no public constructor that takes these arguments
#include "counter.hpp"

auto f() { return child<counter>("counter", "zero"); }
