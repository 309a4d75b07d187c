// SPDX-License-Identifier: BSL-1.0
// Patterns of one receive that return different types.
// expect: coppice: all patterns of one receive must return the same type
#include "counter.hpp"

void f() {
    this_process::receive([](add) { return 1; }, [](sub) {});
}
