// SPDX-License-Identifier: BSL-1.0
// A start of another class than the registry's.
// expect: coppice: this name is for another server class
#include "counter.hpp"

class room {};
inline registry<int, counter> sessions{"sessions"};

auto f() { return start<room>({.name = sessions(1)}); }
