// SPDX-License-Identifier: BSL-1.0
// A reply that refers into another process.
// expect: coppice: a message's `reply` is void or a nothrow movable value (never a reference: it crosses processes)
#include "counter.hpp"

struct look {
    using reply = const std::string&;
};

class bad {
public:
    const std::string& handle_call(look) { return s; }

private:
    std::string s;
};

void f(server_ref<bad> r) { r.call(look{}); }
