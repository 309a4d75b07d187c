// SPDX-License-Identifier: BSL-1.0
#include "scheduler/dead_timers.hpp"
#include "process/envelope_tables.hpp"
#include "scheduler/runtime_state.hpp"
#include <algorithm>
#include <new>
#include <utility>

namespace coppice::detail {
namespace {

using namespace std::chrono_literals;

constexpr auto between_rounds = 100ms;
constexpr auto between_rounds_for_nothing = 10s;

/// What a message does when it is dropped is user code: that is for the thread whose timer it was.
struct dropped_messages final : envelope {
    dropped_messages() noexcept : envelope{operations} {}
    std::vector<envelope*> messages;
    static void handle(envelope* n, void* w) {
        auto* self = static_cast<dropped_messages*>(n);
        const std::vector<envelope*> all = std::move(self->messages);
        dispose(self);
        // No process does this, though one may be suspended on the stack that we stand on.
        fiber*& current = static_cast<worker*>(w)->current;
        fiber* const before = std::exchange(current, nullptr);
        for (envelope* m : all)
            m->ops->drop(m);
        current = before;
    }
    static constexpr envelope_ops operations = between_threads("timers of the dead", &handle);
};

bool has_timers(const worker& w) noexcept {
    return w.timers.messages.next() != dead_timers::clock::time_point::max();
}

} // namespace

void dead_timers::finish_round(clock::time_point now) {
    looking_ = false;
    thread_ = 0;
    earliest_ = now + between_rounds;
    latest_ = now + between_rounds_for_nothing;
}

dead_timers::clock::time_point dead_timers::work(clock::time_point now) {
    try {
        return look(now);
    } catch (const std::bad_alloc&) {
        return now + between_rounds; // what was found is kept
    }
}

dead_timers::clock::time_point dead_timers::look(clock::time_point now) {
    const auto& workers = runtime_.workers;
    if (!looking_) {
        if (std::none_of(workers.begin(), workers.end(),
                         [](const auto& w) { return has_timers(*w); }))
            return clock::time_point::max();
        const std::uint64_t ended = runtime_.ended();
        const clock::time_point due = ended != ended_ ? earliest_ : latest_;
        if (now < due)
            return due;
        ended_ = ended;
        looking_ = true;
    }
    worker& w = *workers[thread_];
    const bool round = !has_timers(w) || w.timers.messages.take_some_of_the_dead(found_);
    if (!found_.empty()) {
        auto* const carrier = make_envelope<dropped_messages>();
        carrier->messages.swap(found_);
        send_to(w, carrier);
    }
    if (round && ++thread_ == workers.size())
        finish_round(now);
    return looking_ ? now : earliest_;
}

} // namespace coppice::detail
