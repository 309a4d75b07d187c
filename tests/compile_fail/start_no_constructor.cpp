// SPDX-License-Identifier: BSL-1.0
// A start whose arguments fit no constructor.
// expect: coppice: the server has no public constructor that takes these arguments
#include "counter.hpp"

void f() {
    auto r = start<counter>(1, 2);
    r.cast(add{1});
}
