// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <caf/all.hpp>

// The server that most workloads talk to, as an event-based actor.
namespace benchmark {

using add = caf::atom_constant<caf::atom("add")>;
using get = caf::atom_constant<caf::atom("get")>;
using add_only = caf::atom_constant<caf::atom("addonly")>; // a cast: no answer
using fail = caf::atom_constant<caf::atom("fail")>;
using done = caf::atom_constant<caf::atom("done")>;
using begin = caf::atom_constant<caf::atom("begin")>;

struct counter_state {
    long n = 0;
};

caf::behavior counter(caf::stateful_actor<counter_state>* self);

/// Of the workload that runs.
caf::actor_system& the_system();

} // namespace benchmark
