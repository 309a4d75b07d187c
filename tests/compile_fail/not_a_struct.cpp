// SPDX-License-Identifier: BSL-1.0
// A number as a message: it would convert between handlers.
// expect: coppice: a message is a struct (not a number, pointer, literal or enum)
#include "counter.hpp"

void f() { the_counter.cast(5); }
