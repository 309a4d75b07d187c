// SPDX-License-Identifier: BSL-1.0
// A child whose constructor does not take the supervisor's extra arguments first.
// expect: coppice: the server has no public constructor that takes these arguments
#include "counter.hpp"

using counter_arguments = extra_arguments<std::string>;

void f(server_name<dynamic_supervisor> sup) {
    dynamic_supervisor::start_child(sup, counter_arguments::child<counter>("c", 1));
}
