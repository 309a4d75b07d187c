// SPDX-License-Identifier: BSL-1.0
// A note to a server that takes no such note.
// expect: coppice: this server takes no such note: it needs a public, unambiguous `void handle_info(M)`
#include "counter.hpp"

void f(server_ref<counter> r) { r.send_after(std::chrono::seconds{1}, sub{}); }
