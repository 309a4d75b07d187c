// SPDX-License-Identifier: BSL-1.0
// An argument of a child that a restart could not use again.
// expect: coppice: each restart constructs the child afresh from copies of its arguments, and one of them cannot be copied: use child_from(id, factory)
#include "counter.hpp"

class conduit {
public:
    explicit conduit(std::unique_ptr<int>) {}
};

auto f() { return child<conduit>("pipe", std::make_unique<int>(1)); }
