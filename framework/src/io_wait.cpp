// SPDX-License-Identifier: BSL-1.0
#include "runtime_state.hpp"
#include "suspension.hpp"
#include <boost/asio/dispatch.hpp>
#include <coppice/use_process.hpp>

namespace coppice {
namespace detail {
namespace {

/// The wait of a process for an Asio operation. The operation's buffers lie on the process's stack,
/// so neither a limit nor a kill ends the wait: they cancel the operation, whose completion does.
struct io_state final : wait_op {
    struct arrival final : node {
        explicit arrival(io_state& s) noexcept : node{operations}, owner{s} {}
        io_state& owner;
        static void handle(node* n, void*) { static_cast<arrival*>(n)->owner.arrived(); }
        static constexpr node_ops operations{.what = node_ops::kind::runtime,
                                             .key = nullptr,
                                             .name = "completion",
                                             .handle = &handle,
                                             .drop = nullptr,
                                             .payload = nullptr};
    };

    io_state(worker& w, boost::asio::cancellation_signal& s) : home{w}, signal{s}, message{*this} {
        give_up = [](wait_op& op) {
            auto& self = static_cast<io_state&>(op);
            self.timed_out = self.result == outcome::timed_out;
            self.signal.emit(boost::asio::cancellation_type::all);
            return false;
        };
    }
    void arrived() noexcept {
        done = true;
        if (parked)
            home.make_ready(static_cast<wait_op&>(*this));
    }

    worker& home;
    boost::asio::cancellation_signal& signal;
    arrival message;
    bool done = false;
    bool parked = false;
    bool timed_out = false;
};

} // namespace

io_wait::io_wait(time_limit limit) : limit_{limit}, state_{nullptr} {
    process& p = require_process("use_process");
    check_doom(p);
    state_ = new io_state{*this_worker, signal_};
}

io_wait::~io_wait() { delete static_cast<io_state*>(state_); }

void io_wait::completed() noexcept {
    auto& s = *static_cast<io_state*>(state_);
    worker& home = s.home;
    if (&home != this_worker)
        return send_to(home, &s.message);
    // We run inside the io_context, where this thread may still count as idle: what follows must not
    // wake it in place of another.
    if (idle_threads* list = home.place.parked.load(std::memory_order_relaxed))
        list->leave(home.place);
    s.arrived();
}

bool io_wait::wait() {
    auto& s = *static_cast<io_state*>(state_);
    process& p = *current_process();
    worker& w = *this_worker;
    if (!s.done) {
        begin_wait(w, p, s);
        if (s.result == wait_op::outcome::cancelled)
            s.give_up(s); // a deadly signal was there before; the operation still has to end
        w.arm(s, limit_);
        s.parked = true;
        while (!s.done)
            w.block();
        s.parked = false;
        forget_wait(p, s);
    }
    return s.timed_out;
}

void io_wait::check_killed() { check_doom(*current_process()); }

} // namespace detail

boost::asio::any_io_executor this_process::io_executor() {
    detail::require_process("io_executor");
    return detail::this_worker->place.io.get_executor();
}

} // namespace coppice
