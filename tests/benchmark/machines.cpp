// SPDX-License-Identifier: BSL-1.0
// W17: events of a state machine.
#include "figure.hpp"
#include "workloads.hpp"
#include <coppice.hpp>
#include <coppice/gen_statem.hpp>

namespace benchmark {

using namespace coppice;

namespace {
struct push {};
struct pushes {
    using reply = long;
};

/// Each event is a change of state.
class turnstile {
public:
    struct locked {};
    struct open {};
    using states = std::variant<locked, open>;

    open handle_cast(locked&, push) {
        ++pushes_;
        return {};
    }
    locked handle_cast(open&, push) {
        ++pushes_;
        return {};
    }
    long handle_call(pushes) const { return pushes_; }

private:
    long pushes_ = 0;
};
} // namespace

void w17_machine() {
    constexpr int events = 5'000'000;
    runtime::run([] {
        const auto machine = start<gen_statem<turnstile>>();
        stopwatch w;
        for (int i = 0; i < events; ++i)
            machine.cast(push{});
        const long seen = machine.call(pushes{}, infinity);
        report("W17", "ns_per_event", w.ns_each(events), "ns", seen == events);
    });
}

} // namespace benchmark
