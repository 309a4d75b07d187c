// SPDX-License-Identifier: BSL-1.0
// A server that lacks a message of the protocol it is used by.
// expect: coppice: this server does not handle this cast: it needs a public, unambiguous `void handle_cast(M)`
#include "counter.hpp"

void f(server_ref<counter> r) {
    server_ref<protocol<add, sub>> p = r;
    p.cast(add{1});
}
