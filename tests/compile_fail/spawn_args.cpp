// SPDX-License-Identifier: BSL-1.0
// A process whose function does not take its arguments.
// expect: coppice: spawn: the function cannot be called with these arguments (each is copied or moved into the new process)
#include "counter.hpp"

void f() {
    spawn([](int) {}, "x");
}
