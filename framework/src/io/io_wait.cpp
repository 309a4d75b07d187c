// SPDX-License-Identifier: BSL-1.0
#include "log/report_events.hpp"
#include "process/envelope_tables.hpp"
#include "process/guarded.hpp"
#include "scheduler/runtime_state.hpp"
#include "signals/suspension.hpp"
#include <boost/asio/post.hpp>
#include <coppice/use_process.hpp>
#include <mutex>

namespace coppice {
namespace detail {

/// The wait of a process for an Asio operation. The operation's buffers lie on the process's stack,
/// so neither a limit nor a kill ends the wait: they cancel the operation, and the end of its
/// handler ends the wait.
///
/// Owners: the process, the handlers together, a message on its way to its thread, a cancellation
/// that was posted, a slot of the user's.
struct io_state final : wait_op {
    struct arrival final : envelope {
        explicit arrival(io_state& s) noexcept : envelope{operations}, owner{s} {}
        io_state& owner;
        static void handle(envelope* n, void*) {
            io_state& s = static_cast<arrival*>(n)->owner;
            s.arrived();
            s.disown();
        }
        static constexpr envelope_ops operations = between_threads("completion", &handle);
    };

    explicit io_state(worker& w) : thread{w}, message{*this} {
        give_up = [](wait_op& op) {
            auto& self = static_cast<io_state&>(op);
            self.timed_out = self.result == outcome::timed_out;
            self.cancel();
            return false;
        };
    }

    void own() noexcept { owners.fetch_add(1, std::memory_order_relaxed); } // by an owner
    void disown() noexcept {
        // Release: what this owner did is done before the last one deletes. Acquire: for that one.
        if (owners.fetch_sub(1, std::memory_order_acq_rel) == 1)
            delete this;
    }

    // --- any thread ---

    /// The handler was called, or is gone. The first counts.
    void finish(bool is_dropped) noexcept {
        {
            const std::lock_guard hold{lock};
            if (closed)
                return;
            closed = true;
            dropped = is_dropped;
            runs_on = {};
        }
        if (&thread != this_worker) {
            own();
            return send_to(thread, &message);
        }
        // We run inside the io_context, where this thread may still count as idle: what follows
        // must not wake it in place of another.
        if (idle_threads* list = thread.place.parked.load(std::memory_order_relaxed))
            list->leave(thread.place);
        arrived();
    }
    /// Under the lock, so that the process, and with it the I/O object, stays until it has been
    /// done.
    void emit(boost::asio::cancellation_type type) {
        const std::lock_guard hold{lock};
        if (!closed)
            signal.emit(type);
    }

    // --- the process's thread ---

    void cancel();
    void arrived() noexcept {
        done = true;
        if (parked)
            thread.make_ready(static_cast<wait_op&>(*this));
    }
    void suspend(worker& w, process& p, time_limit timeout) {
        begin_wait(w, p, *this);
        if (result == outcome::cancelled)
            give_up(*this); // a deadly signal was there before; the operation still has to end
        w.arm(*this, timeout);
        parked = true;
        while (!done)
            w.block();
        parked = false;
        forget_wait(p, *this);
    }

    worker& thread;
    arrival message;
    boost::asio::cancellation_signal signal;
    std::atomic<std::uint32_t> owners{1};
    std::atomic<std::uint32_t> handlers{0};
    std::atomic<bool> is_noted{false}; // runs_on is known
    bool done = false;                 // own thread
    bool parked = false;               // own thread
    bool timed_out = false;            // own thread

    // The executor is used under the lock: the handler that is about to be destroyed with an
    // io_context waits for it, and so does the io_context. Recursive: what is cancelled may
    // complete at once.
    std::recursive_mutex lock;
    boost::asio::any_io_executor runs_on;
    bool closed = false;
    bool dropped = false; // by the one that closes; read when it has arrived
};

namespace {

/// An owner that copies.
class io_state_ptr {
public:
    explicit io_state_ptr(io_state& s) noexcept : s_{&s} { s.own(); }
    io_state_ptr(const io_state_ptr& o) noexcept : s_{o.s_} { s_->own(); }
    io_state_ptr& operator=(const io_state_ptr&) = delete;
    ~io_state_ptr() { s_->disown(); }
    io_state* operator->() const noexcept { return s_; }

private:
    io_state* s_;
};

} // namespace

void io_state::cancel() {
    constexpr auto all = boost::asio::cancellation_type::all;
    const std::lock_guard hold{lock};
    if (closed)
        return;
    const ending e = guarded([&] {
        if (runs_on && runs_on != boost::asio::any_io_executor{thread.place.io.get_executor()})
            boost::asio::post(runs_on, [self = io_state_ptr{*this}] { self->emit(all); });
        else
            signal.emit(all);
    });
    if (e.kind != ending::how::returned)
        report_failed_handler(e.reason);
}

// --- a handler's share ---

io_share::io_share(io_state& s) noexcept : state_{&s} {
    s.own();
    s.handlers.store(1, std::memory_order_relaxed); // there is no other yet
}

io_share::io_share(const io_share& o) noexcept : state_{o.state_} {
    if (state_)
        state_->handlers.fetch_add(1, std::memory_order_relaxed); // by one that has a share
}

io_share::~io_share() {
    // Acquire and release: the last one sees what the others did to the operation's result.
    if (!state_ || state_->handlers.fetch_sub(1, std::memory_order_acq_rel) != 1)
        return;
    state_->finish(true);
    state_->disown();
}

boost::asio::cancellation_slot io_share::slot() const noexcept {
    return state_ ? state_->signal.slot() : boost::asio::cancellation_slot{};
}

void io_share::complete() noexcept {
    const io_share mine{std::move(*this)}; // the handler may outlive the process
    if (mine.state_)
        mine.state_->finish(false);
}

bool io_share::knows_executor() const noexcept {
    // It only spares the lock.
    return !state_ || state_->is_noted.load(std::memory_order_relaxed);
}

void io_share::keep_executor(boost::asio::any_io_executor e) const noexcept {
    const std::lock_guard hold{state_->lock};
    if (state_->is_noted.exchange(true, std::memory_order_relaxed) || state_->closed)
        return;
    state_->runs_on = std::move(e);
}

// --- the wait ---

namespace {
io_state& new_io_state() {
    cancellation_point(require_process("use_process"));
    return *new io_state{*this_worker};
}
} // namespace

io_wait::io_wait(const use_process_t& token) : limit_{token.limit()}, state_{new_io_state()} {
    if (boost::asio::cancellation_slot slot = token.slot(); slot.is_connected())
        slot.assign([s = io_state_ptr{state_}](boost::asio::cancellation_type t) {
            const io_state_ptr mine{s}; // the slot may be given another handler meanwhile
            mine->emit(t);
        });
}

io_wait::~io_wait() {
    // The initiation has failed, and the handler is kept somewhere.
    if (!state_.done && state_.handlers.load(std::memory_order_acquire) > 0)
        state_.suspend(*this_worker, *current_process(), infinity);
    state_.disown();
}

io_ending io_wait::wait() {
    process& p = *current_process();
    if (!state_.done)
        state_.suspend(*this_worker, p, limit_);
    cancellation_point(p);
    return {.timed_out = state_.timed_out, .dropped = state_.dropped};
}

// --- errors ---

void settle(const use_process_t& token, const io_ending& e, boost::system::error_code ec) {
    if (token.error())
        *token.error() = ec;
    else if (ec && e.dropped)
        throw boost::system::system_error{ec, "the operation dropped its handler"};
    else if (ec)
        throw boost::system::system_error{ec};
}

void settle(const use_process_t& token, const io_ending& e, const std::exception_ptr& x) {
    if (!x)
        return settle(token, e, boost::system::error_code{});
    try {
        std::rethrow_exception(x);
    } catch (const boost::system::system_error& failed) {
        const boost::system::error_code ec = e.error(failed.code());
        if (!token.error() && ec == failed.code())
            throw;
        settle(token, e, ec);
    }
}

} // namespace detail

boost::asio::any_io_executor this_process::io_executor() {
    detail::require_process("io_executor");
    return detail::this_worker->place.io.get_executor();
}

} // namespace coppice
