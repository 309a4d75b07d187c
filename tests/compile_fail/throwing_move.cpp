// SPDX-License-Identifier: BSL-1.0
// A message that could be lost half-way.
// expect: coppice: a message must be nothrow movable: its move constructor may throw (or is missing), so it could be lost half-way
#include "counter.hpp"

struct heavy {
    heavy() = default;
    heavy(heavy&&) {}
};

class bad {
public:
    void handle_cast(heavy) {}
};

void f(server_ref<bad> r) { r.cast(heavy{}); }
