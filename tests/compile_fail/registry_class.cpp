// SPDX-License-Identifier: BSL-1.0
// A child of another class than the registry's.
// expect: coppice: this name is for another server class
#include "counter.hpp"

class room {};
inline registry<int, counter> sessions{"sessions"};

auto f() { return child<room>(sessions(1)); }
