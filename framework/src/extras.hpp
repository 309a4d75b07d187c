// SPDX-License-Identifier: BSL-1.0
#pragma once
#include "heat.hpp"
#include "link_table.hpp"
#include "process.hpp"
#include <boost/unordered/unordered_flat_map.hpp>
#include <vector>

namespace coppice::detail {

/// What most processes never need, made at first use. The owner's alone.
struct extras {
    link_table links;
    boost::unordered_flat_map<std::uint64_t, pid> monitors; // ref -> whom we watch
    boost::unordered_flat_map<std::uint64_t, pid> watchers; // ref -> who watches us

    exit_reason doom;        // why, when the process is doomed
    exit_reason stop_reason; // why, when the handler said stop()

    std::vector<request*> held;     // answers that go out after terminate
    std::vector<request*> stoppers; // who wants to know how we ended
    std::vector<request*> deferred; // callers kept for later; one share of each is ours
    std::vector<node*> continues;   // oldest first
    std::vector<node*> parked;      // mail of a suspended server, or behind a deadly signal

    // The idle timeout: one timer serves many timeouts, see server.cpp.
    time_limit::clock::time_point idle_deadline{};
    time_limit::clock::time_point idle_timer_due{};
    std::uint64_t idle_serial = 0;
    time_limit::clock::duration idle_after{};

    heat warmth;
    bool declared_heavy = false; // by itself: it does not cool down

    std::string label;
    std::uint32_t swallowed_kills = 0;
    std::vector<request*> waiting_for_room; // blocked senders of a bounded mailbox
};

inline extras& more_of(process& p) {
    if (!p.more)
        p.more = new extras;
    return *p.more;
}

} // namespace coppice::detail
