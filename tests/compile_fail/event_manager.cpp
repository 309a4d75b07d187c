// SPDX-License-Identifier: BSL-1.0
// A server that is no event manager.
// expect: coppice: this neither names this event manager nor refers to one: it takes a server_name, via or server_ref of this gen_event<...>
#include "events.hpp"

void f() { bus::notify(the_counter, placed{1}); }
