// SPDX-License-Identifier: BSL-1.0
// The owner of a system_monitor handles none of its notices.
// expect: coppice: the owner of a system_monitor needs a public, unambiguous `void handle_info(M)`
#include "counter.hpp"
#include <coppice/system_monitor.hpp>

void f(server_ref<counter> c) { const system_monitor m{c, {.long_wait = std::chrono::seconds{1}}}; }
