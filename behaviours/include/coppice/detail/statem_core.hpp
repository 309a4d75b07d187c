// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <coppice/detail/engine.hpp>
#include <vector>

// The part of a state machine's engine that does not depend on its class: timers, and what comes
// when an event is done.
namespace coppice::detail {

/// A handler says what shall be done with a timer, as OTP's actions do; it is done when the event
/// is. A timer is known by the type of its event. `event` lies there until the time has come.
struct timer_action {
    enum class kind : std::uint8_t { set, update, cancel };
    kind what;
    const type_identity* name;
    time_limit when;
    envelope* event; // owned; null: a cancel, or an idle timeout, whose event the process makes
};

struct machine_timer {
    const type_identity* name;
    envelope* event;          // owned
    std::uint64_t serial = 0; // zero: due as soon as no event waits
    timer_ref running{};
};

struct event_in_hand;

/// What differs from class to class.
struct machine_facts {
    const type_identity* type;
    envelope* (*make_state_timeout)();
};

/// Context: the machine's process.
class statem_core {
public:
    statem_core(const statem_core&) = delete;
    statem_core& operator=(const statem_core&) = delete;

    const machine_facts& machine() const noexcept { return machine_; }

    // --- said by a handler ---

    void say(timer_action a);
    /// OTP's `next_event`.
    void insert(envelope* n);
    /// Where the message of the event in hand lies, to be put back and kept until the state has
    /// changed.
    ///
    /// Errors: std::logic_error when that is no M, or no event is in hand.
    void* place_to_put_back(const type_identity& m);
    /// The call in hand, if it was deferred.
    const request* call_in_hand() const noexcept;

protected:
    explicit statem_core(const machine_facts& machine) noexcept : machine_{machine} {}
    ~statem_core();

    /// The handler and the enter call have returned.
    void event_done() {
        in_hand_ = nullptr;
        const said s = take_said();
        if (state_has_changed_ || s.idle_timeout || said_something_ || zero_timers_ != 0)
            settle(s);
    }
    void note_change() noexcept { state_has_changed_ = true; }

private:
    friend event_in_hand;

    void begin_event(event_in_hand& e) noexcept {
        in_hand_ = &e;
        if (event_timeout_runs_) [[unlikely]]
            stop_event_timeout();
    }
    void event_failed();
    void settle(const said& s);
    void take_idle_timeout(const said& s);
    time_limit::clock::duration carry_out_actions();
    void carry_out(timer_action& a);
    void forget_actions() noexcept;
    bool is_said_again(std::size_t i) const noexcept;

    machine_timer* find(const type_identity* name) noexcept;
    void start(const type_identity* name, time_limit when, envelope* event);
    void stop(const type_identity* name) noexcept;
    void stop_event_timeout() noexcept;
    envelope* take(std::size_t i) noexcept;
    void take_first_zero_timer();
    static envelope* due(void* core, std::uint64_t serial);

    const machine_facts& machine_;
    event_in_hand* in_hand_ = nullptr;
    std::vector<timer_action> actions_; // in the order in which they were said
    std::vector<machine_timer> timers_; // in the order in which they were set
    std::uint64_t serial_ = 0;
    std::uint32_t zero_timers_ = 0;
    bool event_timeout_runs_ = false; // one that we know of; mostly the process has it
    bool said_something_ = false;
    bool state_has_changed_ = false;
};

/// On the stack of what handles one event. Unless it is done, the event has failed.
struct event_in_hand {
    event_in_hand(statem_core& c,
                  const type_identity* type,
                  void* message,
                  const request* deferred = nullptr) noexcept
        : core{c}, type_of_message{type}, place{message}, call{deferred} {
        core.begin_event(*this);
    }
    ~event_in_hand() {
        if (!is_done)
            core.event_failed();
    }
    event_in_hand(const event_in_hand&) = delete;
    event_in_hand& operator=(const event_in_hand&) = delete;

    statem_core& core;
    const type_identity* type_of_message;
    void* place;
    const request* call; // whose `from` the handler has
    bool is_postponed = false;
    bool is_done = false;
};

/// The machine whose handler runs. Errors: std::logic_error that names `what` when there is none.
statem_core& running_machine(const char* what);
/// The same, which must be of this class.
statem_core& running_machine(const char* what, const type_identity& machine);

/// A message that a handler hands back.
template <class M>
void put_back(statem_core& c, M&& m) {
    auto* const place = static_cast<M*>(c.place_to_put_back(type_key<M>));
    place->~M();
    ::new (static_cast<void*>(place)) M(std::move(m));
}
[[noreturn]] void throw_other_caller();

} // namespace coppice::detail
