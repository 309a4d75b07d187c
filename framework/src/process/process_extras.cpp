// SPDX-License-Identifier: BSL-1.0
#include "process/process_extras.hpp"
#include <new>

namespace coppice::detail {

constinit std::atomic<int> deep_push_watchers{0};

void note_deep_push(pid to) noexcept {
    // Relaxed: a number for people, which orders nothing.
    if (deep_push_watchers.load(std::memory_order_relaxed) != 0)
        slot_of(to)->deep.fetch_add(1, std::memory_order_relaxed);
}

void shrink_extras(process& p) noexcept {
    if (!p.extras)
        return;
    try {
        p.extras->links.shrink();
        if (watch_extras* const x = watches_if_any(p)) {
            x->monitors.shrink();
            x->watchers.shrink();
            if (x->monitors.empty() && x->watchers.empty())
                p.extras->watches.reset();
        }
        if (rare_extras* const x = rare_if_any(p)) {
            for (auto* requests : {&x->held, &x->deferred})
                requests->shrink_to_fit();
            x->parked.shrink_to_fit();
            if (x->events && x->events->empty())
                x->events.reset();
        }
    } catch (const std::bad_alloc&) { // it stays as large as it is
    }
}

} // namespace coppice::detail
