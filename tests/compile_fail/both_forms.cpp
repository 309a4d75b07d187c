// SPDX-License-Identifier: BSL-1.0
// A server that answers a call at once and also later.
// expect: coppice: this server has both handle_call(M) and handle_call(M, from<R>) for this message: keep one
#include "counter.hpp"

class both {
public:
    int handle_call(total) { return 1; }
    void handle_call(total, from<int>) {}
};

int f(server_ref<both> r) { return r.call(total{}); }
