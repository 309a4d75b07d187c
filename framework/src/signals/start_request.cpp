// SPDX-License-Identifier: BSL-1.0
#include "signals/start_request.hpp"
#include "process/envelope_tables.hpp"
#include "scheduler/runtime_state.hpp"
#include "signals/reply.hpp"
#include "signals/suspension.hpp"
#include "support/thread_sleep.hpp"
#include <tuple>

namespace coppice::detail {

void pause_a_moment() {
    using namespace std::chrono_literals;
    process* const p = current_process();
    if (!p)
        return sleep_thread(1ms);
    wait_op op;
    op.uncancellable = true;
    wait_in_handler(*this_worker, *p, op, 1ms);
}

construction::~construction() {
    while (!finished.load(std::memory_order_acquire))
        pause_a_moment();
}

const envelope_ops start_operations = system_request("start", nullptr);

void constructor_never_began(request* r) noexcept { static_cast<start_request*>(r)->finish(); }

void* leave_construction(request* r) noexcept {
    auto* s = static_cast<start_request*>(r);
    void* const object = s->memory;
    std::ignore = s->owned.release(); // its arguments may be in use on the stack that was left
    s->finish();
    return object;
}

void answer_start(request* r, const exit_reason& reason) noexcept {
    const bool ignored = static_cast<start_request*>(r)->ignored;
    answer_failed(r, {.code = ignored ? errc::ignored : errc::start_failed, .reason = reason});
}

} // namespace coppice::detail
