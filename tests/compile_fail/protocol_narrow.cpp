// SPDX-License-Identifier: BSL-1.0
// A reference that would learn a message it was not given.
// expect: coppice: the other reference's protocol lacks one of these messages
#include "counter.hpp"

void f(server_ref<protocol<add>> r) {
    server_ref<protocol<add, sub>> p = r;
    p.cast(add{1});
}
