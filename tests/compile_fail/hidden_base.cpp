// SPDX-License-Identifier: BSL-1.0
// A handler of a derived class that hides the one of its base.
// expect: coppice: this server does not handle this cast: it needs a public, unambiguous `void handle_cast(M)`
#include "counter.hpp"

class base {
public:
    void handle_cast(add) {}
};

class derived : public base {
public:
    void handle_cast(sub) {}
};

void f(server_ref<derived> r) { r.cast(add{1}); }
