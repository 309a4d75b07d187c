// SPDX-License-Identifier: BSL-1.0
#include "hogs.hpp"
#include "compute.hpp"
#include <coppice.hpp>

namespace benchmark {

using namespace coppice;

hog::hog(std::atomic<long>* units) : units_{units} { this_process::self(this).cast(toil{}); }

void hog::handle_cast(toil) {
    using namespace std::chrono_literals;
    value_ = compute(value_, steps_that_take(5ms));
    units_->fetch_add(1, std::memory_order_relaxed);
    this_process::self(this).cast(toil{});
}

hogs::hogs(unsigned count) {
    for (unsigned i = 0; i < count; ++i)
        all_.push_back(start<hog>(&units_));
}

hogs::~hogs() {
    std::vector<monitor_ref> ends;
    for (const auto& h : all_) {
        ends.push_back(this_process::monitor(h));
        h.process().exit(exit_reason::kill);
    }
    for (std::size_t i = 0; i < ends.size(); ++i) // `units_` must outlive them
        this_process::receive<down>();
}

} // namespace benchmark
