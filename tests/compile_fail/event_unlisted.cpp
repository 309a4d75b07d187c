// SPDX-License-Identifier: BSL-1.0
// An event that the manager does not list.
// expect: coppice: this gen_event<...> does not list this event
#include "events.hpp"

void f() { bus::notify(the_bus, shipped{1}); }
