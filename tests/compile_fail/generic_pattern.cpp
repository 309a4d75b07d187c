// SPDX-License-Identifier: BSL-1.0
// A pattern of receive that would match anything.
// expect: coppice: a receive pattern is a callable with exactly one parameter of a plain type (no auto, no overloads)
#include "counter.hpp"

void f() {
    this_process::receive([](auto) {});
}
