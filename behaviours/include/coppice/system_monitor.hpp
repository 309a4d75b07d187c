// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <coppice/detail/envelopes.hpp>
#include <coppice/detail/observation.hpp>
#include <coppice/report.hpp>
#include <coppice/server_ref.hpp>

/// Who falls behind: mailboxes that grow, handlers that hold their threads, calls that wait.
///
/// A watcher is a server with a `system_monitor` among its members. It is told by messages:
///
///     class watcher {
///     public:
///         void handle_info(const long_message_queue& q) { if (q.over) shed_load(q.process); }
///         void handle_info(const long_wait& w);
///     private:
///         system_monitor watch_{this_process::self(this),
///                               {.long_message_queue = {.low = 100, .high = 1000},
///                                .long_wait = 1s}};
///     };
///
/// What to do about it is in docs/explanation/overload.md. What is found once, in the log, needs no
/// monitor: the runtime reports a `long_handler` by itself.
namespace coppice {

/// A mailbox holds more than `high` messages, or again at most `low`. Each is told once. A process
/// that exits meanwhile is not told of.
struct long_message_queue {
    pid process = {};
    std::string name = {}; ///< registered; may be empty
    std::string type = {}; ///< server class, or type of the function
    std::size_t messages = 0;
    bool over = true; ///< false: there are at most `low` again
};

/// A process has waited for so long in a call: for the answer, or for room in the server's mailbox.
/// Told once for each call. (A process that waits for messages, or sleeps, waits for no other.)
struct long_wait {
    pid process = {};
    std::string name = {};
    std::string type = {};
    std::string handling = {}; ///< type of the message whose handler waits; empty outside of one
    pid waits_for = {};        ///< the server
    bool for_room = false;     ///< in its mailbox
    time_limit::clock::duration waited{};
};

/// What is to be told. What is zero is off.
struct system_monitor_options {
    struct queue_limits {
        std::size_t low = 0;  ///< told again at or below this; at most `high`
        std::size_t high = 0; ///< told above this
    };
    queue_limits long_message_queue = {};
    /// A handler that has held its thread for so long without suspending: as a `long_handler`,
    /// once, without a trace. (The runtime's own report has the trace, when it ran for
    /// `runtime::options::long_handler`. A thread that waits for a processor counts here.)
    time_span long_handler = {};
    time_span long_wait = {};
    /// How often is looked. A limit is noticed up to two intervals later.
    time_span interval = std::chrono::milliseconds{100};
};

namespace detail {

/// Sends one notice to the owner, without waiting. False: there was no room.
template <class M>
using notice_sender = bool (*)(pid owner, M&& notice);

/// A null one: the owner does not handle that notice.
struct notice_senders {
    notice_sender<coppice::long_message_queue> queue = nullptr;
    notice_sender<coppice::long_handler> handler = nullptr;
    notice_sender<coppice::long_wait> wait = nullptr;
};

template <class S, class M>
constexpr notice_sender<M> notice_to_server() {
    if constexpr (facts<S, M>::handles_info())
        return [](pid owner, M&& m) {
            return post_now(owner, make_envelope<typed_envelope<S, M, verb::info>>(std::move(m)));
        };
    else
        return nullptr;
}
template <class S>
constexpr notice_senders notices_to() {
    constexpr bool any = facts<S, coppice::long_message_queue>::handles_info() ||
                         facts<S, coppice::long_handler>::handles_info() ||
                         facts<S, coppice::long_wait>::handles_info();
    static_assert(any, "coppice: the owner of a system_monitor needs a public, unambiguous `void "
                       "handle_info(M)` for what it wants to be told: M is long_message_queue, "
                       "long_handler or long_wait");
    return {.queue = notice_to_server<S, coppice::long_message_queue>(),
            .handler = notice_to_server<S, coppice::long_handler>(),
            .wait = notice_to_server<S, coppice::long_wait>()};
}
notice_senders notices_by_pid() noexcept;

pid start_system_monitor(pid owner, const system_monitor_options& o, const notice_senders& by);

} // namespace detail

/// Watches all processes and tells its owner, as long as it lives or the owner does.
///
/// Shape: notices reach `handle_info`, or, of an owner that is a function process, `receive`. There
/// may be several monitors, of one owner or of many, each with its own limits.
///
/// A notice never waits. The owner's mailbox has no room: one with `block` gets it at a later look,
/// if it is still true; one with another policy loses a message by that policy. At most a hundred
/// notices are sent at a look; the others come with the next ones. So a monitor cannot flood its
/// owner, which is watched as any other process.
///
/// Mailboxes are counted with what a busy or suspended process has not taken yet. In virtual time a
/// monitor is as deterministic as the rest, and never finds a `long_handler`: no time passes there
/// while a handler runs.
///
/// What it costs: a look at each process and each interval, in a process of its own; to the others,
/// one addition for each message that is sent to a mailbox with more than 62 untaken ones. Without
/// a monitor, nothing.
///
/// Errors: std::invalid_argument: `low` is above `high`, a negative time, an interval of zero or
/// `infinity`, nothing asked for, a notice asked for that the owner has no `handle_info` for, a
/// null owner; call_error without a runtime.
/// Context: made in any process and on any thread, and suspends it; destroyed on any.
/// Source: OTP, erlang:system_monitor/2. There is one for a node; it tells of a queue that reaches
/// `high`.
class system_monitor {
public:
    template <class S>
    system_monitor(const server_ref<S>& owner, const system_monitor_options& o)
        : watcher_{detail::start_system_monitor(owner.process(), o, detail::notices_to<S>())} {}
    /// For a function process.
    system_monitor(pid owner, const system_monitor_options& o)
        : watcher_{detail::start_system_monitor(owner, o, detail::notices_by_pid())} {}

    system_monitor(system_monitor&& o) noexcept : watcher_{std::exchange(o.watcher_, {})} {}
    system_monitor& operator=(system_monitor o) noexcept {
        std::swap(watcher_, o.watcher_);
        return *this;
    }
    /// What was told before may still arrive.
    ~system_monitor() {
        if (watcher_)
            watcher_.exit(exit_reason::kill);
    }

private:
    pid watcher_;
};

} // namespace coppice
