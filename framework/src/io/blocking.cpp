// SPDX-License-Identifier: BSL-1.0
#include "process/envelope_tables.hpp"
#include "process/guarded.hpp"
#include "scheduler/life_cycle.hpp"
#include "scheduler/runtime_state.hpp"
#include "signals/suspension.hpp"
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <coppice/blocking.hpp>

namespace coppice::detail {
namespace {

constexpr std::size_t blocking_threads = 16;

boost::asio::thread_pool& pool() {
    // Never destroyed: a piece that blocks for ever must not keep the program from ending.
    static auto* p = new boost::asio::thread_pool{blocking_threads};
    return *p;
}

/// The wait of a process for its piece. Neither a limit nor a kill ends it before the piece does.
struct blocking_wait final : wait_op {
    struct arrival final : envelope {
        explicit arrival(blocking_wait& w) noexcept : envelope{operations}, owner{w} {}
        blocking_wait& owner;
        static void handle(envelope* n, void*) {
            blocking_wait& w = static_cast<arrival*>(n)->owner;
            w.who->owner.make_ready(w);
        }
        static constexpr envelope_ops operations = between_threads("blocking piece", &handle);
    };
    arrival message{*this};
};

} // namespace

void run_blocking(void (*f)(void*), void* context) {
    process& p = require_process("blocking");
    worker& w = *this_worker;
    cancellation_point(p);
    blocking_wait wait;
    wait.uncancellable = true;
    std::exception_ptr thrown;
    begin_wait(w, p, wait);
    boost::asio::post(pool(), [&] {
        {
            const life_cycle::blocking_piece here;
            run_and_keep_exception([&] { f(context); }, thrown);
        }
        send_to(w, &wait.message); // after this the stack that all of it lies on goes on
    });
    finish_wait(w, p, wait);
    cancellation_point(p);
    if (thrown)
        std::rethrow_exception(thrown);
}

} // namespace coppice::detail
