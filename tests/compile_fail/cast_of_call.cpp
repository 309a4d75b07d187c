// SPDX-License-Identifier: BSL-1.0
// A cast of a message that has a reply, which would get lost.
// expect: coppice: this message has a reply, so it cannot be cast: call it, or use send_request and drop the result
#include "counter.hpp"

void f() { the_counter.cast(total{}); }
