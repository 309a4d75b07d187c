// SPDX-License-Identifier: BSL-1.0
// A cast that the server has no handler for.
// expect: coppice: this server does not handle this cast: it needs a public, unambiguous `void handle_cast(M)`
#include "counter.hpp"

void f() { the_counter.cast(sub{1}); }
