// SPDX-License-Identifier: BSL-1.0
// A cast handler that returns a value.
// expect: coppice: handle_cast(M) must return void: a cast has no reply
#include "counter.hpp"

class bad {
public:
    int handle_cast(add) { return 1; }
};

void f(server_ref<bad> r) { r.cast(add{}); }
