// SPDX-License-Identifier: BSL-1.0
// A key without an order.
// expect: coppice: a registry's key is copyable and has an order
#include "counter.hpp"

struct user {
    int id;
};
registry<user, counter> sessions{"sessions"};
