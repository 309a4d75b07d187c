// SPDX-License-Identifier: BSL-1.0
#include "busy_processes.hpp"
#include "compute.hpp"
#include <coppice.hpp>

namespace benchmark {

using namespace coppice;

busy_process::busy_process(std::atomic<long>* units) : units_{units} {
    this_process::self(this).cast(toil{});
}

void busy_process::handle_cast(toil) {
    using namespace std::chrono_literals;
    value_ = compute(value_, steps_that_take(5ms));
    units_->fetch_add(1, std::memory_order_relaxed);
    this_process::self(this).cast(toil{});
}

busy_processes::busy_processes(unsigned count) {
    for (unsigned i = 0; i < count; ++i)
        all_.push_back(start<busy_process>(&units_));
}

busy_processes::~busy_processes() {
    std::vector<monitor_ref> ends;
    for (const auto& h : all_) {
        ends.push_back(this_process::monitor(h));
        h.process().exit(exit_reason::kill);
    }
    for (std::size_t i = 0; i < ends.size(); ++i) // `units_` must outlive the processes
        this_process::receive<down>();
}

} // namespace benchmark
