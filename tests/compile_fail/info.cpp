// SPDX-License-Identifier: BSL-1.0
// An info message that the server does not handle.
// expect: coppice: this server does not handle this info message: it needs a public, unambiguous `void handle_info(M)`
#include "counter.hpp"

void f(server_ref<counter> r) { r.send_after(std::chrono::seconds{1}, sub{}); }
