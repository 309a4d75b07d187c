// SPDX-License-Identifier: BSL-1.0
// The top of each mistake with events: two events, a manager of one of them, and its name.
#pragma once
#include "counter.hpp"
#include <coppice/gen_event.hpp>

struct placed {
    int order;
};

struct shipped {
    int order;
};

using bus = gen_event<placed>;

inline constexpr server_name<bus> the_bus{"bus"};
