// SPDX-License-Identifier: BSL-1.0
// A name made at run time, which could dangle. The words are the compiler's own: a consteval
// constructor leaves no place for ours.
// expect: no matching
#include "counter.hpp"

auto f(const char* s) { return server_name<counter>{s}; }
