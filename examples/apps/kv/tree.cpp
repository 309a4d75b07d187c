// SPDX-License-Identifier: BSL-1.0
#include "tree.hpp"
#include "bucket.hpp"
#include "listener.hpp"

namespace kv {

using namespace coppice;
using namespace std::chrono_literals;

std::vector<child_spec> tree(int listening) {
    // one_for_one: the three find each other by name at each use, so one that is restarted is
    // found again, and the others need no new start.
    // The order is that of need: the listener is stopped first, the buckets last.
    return {
        child<supervisor>(root, {.strategy = one_for_one},
                          {child<dynamic_supervisor>(the_buckets, {.intensity = 100, .period = 5s}),
                           child<dynamic_supervisor>(the_connections, {.max_children = 500}),
                           child<task<>>("listener", accept_clients{}, listening).shutdown(1s)})};
}

} // namespace kv
