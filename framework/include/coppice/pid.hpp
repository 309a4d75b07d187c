// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <atomic>
#include <compare>
#include <coppice/error.hpp>
#include <coppice/message.hpp>
#include <optional>

namespace coppice {

class pid;
class timer_ref;

namespace detail {
/// The address of the first process's slot; set before there is a pid.
extern std::atomic<std::uint64_t> first_slot;
class message_timers;
struct message_timer;

/// Puts an envelope into the mailbox, or drops it when the process has exited. Obeys the mailbox's
/// bound.
void post(pid to, envelope* n);
/// The same, and says why when the envelope was dropped: `noproc`, `mailbox_full`, `timeout`.
std::optional<failure> try_post(pid to, envelope* n, time_limit timeout = infinity);
timer_ref post_after(pid to, time_limit::clock::duration delay, envelope* n);
struct pid_access;
} // namespace detail

/// The identity of a process: to compare, to print, to link, to monitor, and to send it untyped
/// messages.
///
/// It keeps nothing alive. After its process has exited sending does nothing, and no later process
/// ever has the same pid. A default one is null: it refers to no process.
///
/// Shape: eight bytes, trivially copyable; hashed and ordered.
/// Context: any thread.
/// Source: OTP, pids; a null pid is `undefined` there.
class pid {
public:
    constexpr pid() = default; ///< null

    /// Sends `m` by move. It is dropped when the process has exited.
    ///
    /// In a function process it waits for `receive`; in a server it reaches `handle_info(message)`.
    /// Errors: suspends while a bounded mailbox with policy `block` is full (backpressure).
    /// Context: any thread. A process may suspend, for a millisecond at most, when the receiver has
    /// fallen far behind.
    template <class A>
    void send(A&& m) const {
        if constexpr (decltype(detail::explain_message<A>())::ok) {
            using M = std::remove_cvref_t<A>;
            detail::post(*this,
                         detail::make_envelope<detail::message_envelope<M>>(M(std::forward<A>(m))));
        }
    }

    /// Sends `m` when `delay` has passed, at once where it is not positive, never when it is
    /// `infinity`. The timer outlives the process that started it; `timer_ref::cancel` stops it.
    ///
    /// Context: any thread.
    template <class A>
    timer_ref send_after(time_span delay, A&& m) const;

    /// Sends an exit signal, OTP's `exit(Pid, Reason)`.
    ///
    /// `normal` from another process is ignored; `kill` cannot be trapped; any other reason ends
    /// the process, or arrives as an `exit_signal` when it traps exits.
    /// Context: any thread. To itself: if the signal is deadly, the process exits here, and the
    /// call does not return.
    void exit(const exit_reason& reason) const;

    /// True until the process has exited.
    bool alive() const noexcept;

    explicit constexpr operator bool() const noexcept { return word_ != 0; }
    friend constexpr bool operator==(pid, pid) noexcept = default;
    friend constexpr auto operator<=>(pid, pid) noexcept = default; // NOLINT(modernize-use-nullptr)

    /// `<12.3>`: slot and incarnation; `<null>`.
    std::string text() const;

private:
    friend detail::pid_access;
    constexpr explicit pid(std::uint64_t word) noexcept : word_{word} {}
    std::uint64_t word_ = 0; // tag(16) | address of the process's slot
};

namespace detail {
/// The word of a pid, as the runtime keeps it.
struct pid_access {
    static constexpr pid make(std::uint64_t word) noexcept { return pid{word}; }
    static constexpr std::uint64_t word(pid p) noexcept { return p.word_; }
};
} // namespace detail

/// A timer that `send_after` started.
///
/// Context: any thread. Source: OTP, erlang:send_after/3 and cancel_timer/1.
class timer_ref {
public:
    timer_ref() = default;

    /// Stops the timer. The time it had left, or nothing when it has fired or was stopped before.
    /// After this returns the message will not arrive, unless it had already been sent.
    result<time_limit::clock::duration> cancel();

private:
    friend class detail::message_timers;
    timer_ref(detail::message_timers& wheel,
              detail::message_timer& timer,
              std::uint64_t serial,
              time_limit::clock::time_point due)
        : wheel_{&wheel}, timer_{&timer}, serial_{serial}, due_{due} {}

    detail::message_timers* wheel_ = nullptr;
    detail::message_timer* timer_ = nullptr;
    std::uint64_t serial_ = 0;
    time_limit::clock::time_point due_{};
};

template <class A>
timer_ref pid::send_after(time_span delay, A&& m) const {
    if constexpr (decltype(detail::explain_message<A>())::ok) {
        using M = std::remove_cvref_t<A>;
        return detail::post_after(
            *this, delay,
            detail::make_envelope<detail::message_envelope<M>>(M(std::forward<A>(m))));
    } else
        return {};
}

/// Names one monitor, so that its `down` is recognised.
struct monitor_ref {
    std::uint64_t id = 0;
    friend auto operator<=>(const monitor_ref&,
                            const monitor_ref&) = default; // NOLINT(modernize-use-nullptr)
};

/// A monitored process has exited, or there was none (`noproc`).
struct down {
    monitor_ref ref;
    pid process;
    exit_reason reason;
};

/// A linked process has exited, or a process sent an exit signal, and this process traps exits.
struct exit_signal {
    pid from;
    exit_reason reason;
};

/// No message came within the `idle_timeout`.
struct timeout {};

} // namespace coppice

/// By the number of the slot, not by its address: a table of pids has the same order in another
/// run.
template <>
struct std::hash<coppice::pid> {
    std::size_t operator()(coppice::pid p) const noexcept {
        const std::uint64_t first = coppice::detail::first_slot.load(std::memory_order_relaxed);
        return static_cast<std::size_t>(((coppice::detail::pid_access::word(p) - first) >> 6) *
                                        0x9e3779b97f4a7c15ULL);
    }
};
