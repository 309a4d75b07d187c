// SPDX-License-Identifier: BSL-1.0
#pragma once
#include "process/process.hpp"

// What processes tell each other beside messages: exits, links, monitors. Signals and messages
// share the inbox, so that between two processes they stay in order.
namespace coppice::detail {

struct signal_envelope final : envelope {
    enum class kind : std::uint8_t {
        exit,        // a process asked us to end
        linked_exit, // a linked process has ended
        link,
        unlink,
        unlink_acknowledge,
        monitor,
        demonitor,
        down,
        look, // a process wants to see links and monitors; `ref` says which
    };
    signal_envelope(kind k,
                    pid f,
                    std::uint64_t r = 0,
                    exit_reason why = exit_reason::normal) noexcept
        : envelope{operations}, what{k}, from{f}, ref{r}, reason{std::move(why)} {}

    kind what;
    pid from;
    std::uint64_t ref; // monitor, demonitor, down, look
    exit_reason reason;

    static void drop(envelope* n) noexcept { dispose(static_cast<signal_envelope*>(n)); }
    static constexpr envelope_ops operations{.what = envelope_ops::kind::signal,
                                             .key = nullptr,
                                             .name = "signal",
                                             .handle = nullptr,
                                             .drop = &drop,
                                             .payload = nullptr};
};

/// Delivers a signal. Any thread. When the receiver is dead, what death means for this kind of
/// signal happens here: a link or a monitor is answered with `noproc`.
void send_signal(pid to,
                 signal_envelope::kind what,
                 pid from,
                 std::uint64_t ref = 0,
                 const exit_reason& reason = exit_reason::normal);

/// What take_mail does when there is some.
void sort_mail(process& p);
/// Takes new mail: messages queue up behind the old, signals act at once. What comes behind a
/// deadly signal does neither. Owner only.
inline void take_mail(process& p) {
    // An exchange, and only of what was set: a plain store could reach a sender after its signal,
    // which we have not seen, and wipe out its hint. begin_wait would then block, and a kill be
    // lost.
    if (p.signalled.load(std::memory_order_relaxed)) [[unlikely]]
        p.signalled.exchange(false, std::memory_order_acq_rel);
    if (p.inbox.has_mail())
        sort_mail(p);
}
/// Makes the receiver take its mail soon, though it runs or is blocked inside a handler. Any
/// thread.
void make_take_mail(pid to);
/// Acts on one signal and disposes of it. May make its exit pending. Owner only.
void handle_signal(process& p, signal_envelope* n);
/// The answer that the dead give to a signal.
void refuse_signal(pid dead, signal_envelope* n);

/// Puts a message of type M at the end of our own mail. Owner only.
template <class M>
void append_message(process& p, M m) {
    append(p, make_envelope<message_envelope<M>>(std::move(m)));
}

/// Drops the messages in our own taken mail that `which` picks. Owner only.
template <class Which>
void drop_messages(process& p, Which which) {
    envelope* previous = nullptr;
    for (envelope* n = p.mail.front(); n;) {
        envelope* next = n->next;
        if (which(n)) {
            p.mail.remove_behind(previous);
            n->ops->drop(n);
        } else
            previous = n;
        n = next;
    }
}

} // namespace coppice::detail
