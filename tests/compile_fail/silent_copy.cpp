// SPDX-License-Identifier: BSL-1.0
// A message that would be copied without an explicit copy.
// expect: coppice: messages move, they are not copied: say std::move(m), or M{m} for a copy on purpose
#include "counter.hpp"

struct text {
    std::string s;
};

class ok {
public:
    void handle_cast(text) {}
};

void f(server_ref<ok> r, text t) { r.cast(t); }
