// SPDX-License-Identifier: BSL-1.0
#include "modules.hpp"
#include "model_parts.hpp"
#include "numbers.hpp"

namespace simulation {

using namespace coppice;

void part::check_failure(const char* what,
                         const failure& why,
                         pid server,
                         std::optional<wide> due) const {
    const std::string name{what};
    switch (why.code) {
    case errc::timeout:
        return w.rules.must_not_be_early(what, due, this_process::now());
    case errc::noproc:
    case errc::exited:
        if (w.exact && server && !is_dead(server))
            wrong(name + " says that its process has ended, and it lives");
        return;
    case errc::not_running:
        if (w.exact)
            wrong(name + " says that the runtime does not run");
        return;
    default:
        wrong(name + " fails in a way that is not its own: " + std::string{to_string(why.code)} +
              ", " + why.reason.text());
    }
}

void part::strike(pid p, const step& s) {
    if (p)
        p.exit(reason_of(s.number));
}

std::vector<std::unique_ptr<part>> make_modules(world& w) {
    std::vector<std::unique_ptr<part>> all;
    for (const auto make : {&make_registries, &make_groups, &make_machine, &make_events,
                            &make_tasks, &make_agent, &make_partitions}) {
        auto made = make(w);
        for (const step& s : w.what.steps)
            if (made->has(s.what)) {
                all.push_back(std::move(made));
                break;
            }
    }
    return all;
}

void graves::ended(pid p) {
    const std::lock_guard hold{lock_};
    ended_[coppice::detail::pid_access::word(p)] = clock_.fetch_add(1, std::memory_order_seq_cst);
}

bool graves::was_over(pid p, std::uint64_t when) const {
    const std::lock_guard hold{lock_};
    const auto found = ended_.find(coppice::detail::pid_access::word(p));
    return found != ended_.end() && found->second < when;
}

} // namespace simulation
