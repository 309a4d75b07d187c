// SPDX-License-Identifier: BSL-1.0
#include "scheduler/life_cycle.hpp"
#include "scheduler/worker.hpp"
#include <boost/assert.hpp>

namespace coppice::detail::life_cycle {
namespace {

constinit std::atomic<phase> current{phase::stopped};
constinit thread_local bool in_blocking_piece = false;

constexpr decision go(phase next) noexcept { return {answer::go, next}; }
constexpr decision nothing{answer::nothing};
constexpr decision wait{answer::wait};
constexpr decision refuse{answer::refuse};

decision decide_for_plain_thread(phase now, event e) noexcept {
    switch (now) {
    case phase::stopped:
        if (e == event::start || e == event::join)
            return go(phase::starting);
        return e == event::stop ? nothing : refuse;
    case phase::starting:
        if (e == event::started)
            return go(phase::running);
        if (e == event::failed)
            return go(phase::stopped);
        return e == event::join || e == event::stop ? wait : refuse;
    case phase::running:
        if (e == event::stop)
            return go(phase::stopping);
        return e == event::join ? nothing : refuse;
    case phase::stopping:
        if (e == event::all_ended)
            return go(phase::stopped);
        return e == event::start || e == event::join || e == event::stop ? wait : refuse;
    }
    BOOST_ASSERT_MSG(false, "no such phase");
    return refuse;
}

} // namespace

decision decide(phase now, event e, caller who) noexcept {
    const decision d = decide_for_plain_thread(now, e);
    switch (who) {
    case caller::plain_thread:
        return d;
    case caller::
        blocking_piece: // may use what runs, but neither wait for its end nor bring it about
        return d == nothing ? d : refuse;
    case caller::runtime_thread:
        return refuse;
    }
    BOOST_ASSERT_MSG(false, "no such caller");
    return refuse;
}

answer ask(event e, caller who) noexcept {
    // Acquire: who comes after a start or a stop sees all that it did. Release: and the other way
    // round.
    phase seen = current.load(std::memory_order_acquire);
    for (;;) {
        const decision d = decide(seen, e, who);
        if (d.what == answer::wait) {
            current.wait(seen, std::memory_order_acquire);
            seen = current.load(std::memory_order_acquire);
        } else if (d.what != answer::go)
            return d.what;
        else if (current.compare_exchange_weak(seen, d.next, std::memory_order_acq_rel,
                                               std::memory_order_acquire)) {
            current.notify_all();
            return answer::go;
        }
    }
}

phase now() noexcept { return current.load(std::memory_order_acquire); }

caller this_caller() noexcept {
    if (this_worker)
        return caller::runtime_thread;
    return in_blocking_piece ? caller::blocking_piece : caller::plain_thread;
}

blocking_piece::blocking_piece() noexcept { in_blocking_piece = true; }
blocking_piece::~blocking_piece() { in_blocking_piece = false; }

} // namespace coppice::detail::life_cycle
