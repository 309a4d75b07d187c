// SPDX-License-Identifier: BSL-1.0
// W20: an event for ten handlers.
#include "counter.hpp"
#include "figure.hpp"
#include "workloads.hpp"
#include <coppice.hpp>

namespace benchmark {

using namespace coppice;

namespace {
using additions = gen_event<add>;

class sum {
public:
    void handle_event(const add& a) { n_ += a.by; }
    long handle_call(get) const { return n_; }

private:
    long n_ = 0;
};
} // namespace

void w20_notify() {
    constexpr int events = 2'000'000, handlers = 10;
    runtime::run([] {
        const auto manager = start<additions>();
        for (int h = 0; h < handlers; ++h)
            additions::add_handler<sum>(manager, handler_id{std::to_string(h)});
        stopwatch w;
        for (int i = 0; i < events; ++i)
            additions::notify(manager, add{1});
        const long last = additions::call<sum>(manager, get{}, {"0"}, infinity);
        report("W20", "ns_per_event", w.ns_each(events), "ns", last == events);
    });
}

} // namespace benchmark
