// SPDX-License-Identifier: BSL-1.0
// A message that the protocol of a reference does not list.
// expect: coppice: this protocol does not list this message
#include "counter.hpp"

void f(server_ref<protocol<add, total>> r) { r.cast(sub{1}); }
