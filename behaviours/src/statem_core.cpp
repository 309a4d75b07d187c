// SPDX-License-Identifier: BSL-1.0
#include <coppice/detail/statem_core.hpp>

#include <coppice/gen_statem.hpp>
#include <stdexcept>
#include <string>

namespace coppice::detail {

namespace {

constexpr const type_identity* state_timer = &type_key<state_timeout>;
constexpr const type_identity* event_timer = &type_key<timeout>;

void drop(envelope* n) noexcept {
    if (n)
        n->ops->drop(n);
}

bool is_zero(time_limit when) noexcept {
    return !when.is_infinite() && !when.is_absolute() &&
           when.length() <= time_limit::clock::duration::zero();
}

} // namespace

statem_core::~statem_core() {
    forget_actions();
    while (!timers_.empty())
        drop(take(timers_.size() - 1));
}

// --- what handlers say ---

void statem_core::say(timer_action a) {
    take_idle_timeout(take_said()); // it was said before, and keeps its place
    actions_.push_back(a);
    said_something_ = true;
}

void statem_core::take_idle_timeout(const said& s) {
    if (!s.idle_timeout)
        return;
    actions_.push_back({.what = timer_action::kind::set,
                        .name = event_timer,
                        .when = time_span{*s.idle_timeout},
                        .event = nullptr});
    said_something_ = true;
}

void statem_core::insert(envelope* n) {
    insert_event(n);
    said_something_ = true;
}

void* statem_core::place_to_put_back(const type_identity& m) {
    if (!in_hand_ || !is_same_type(in_hand_->type_of_message, &m))
        throw std::logic_error{
            "coppice: this_state::postpone takes the message that the handler was called with, "
            "back; this is " +
            std::string{m.name}};
    in_hand_->is_postponed = true;
    return in_hand_->place;
}

const request* statem_core::call_in_hand() const noexcept {
    return in_hand_ ? in_hand_->call : nullptr;
}

// --- when an event is done ---

// OTP's order: the timeout of a state that was left, then the timers that were asked for; inserted
// events, what was postponed, timers of zero, and then the mailbox.
void statem_core::settle(const said& s) {
    const bool changed = std::exchange(state_has_changed_, false);
    if (s.stop)
        return forget_actions();
    take_idle_timeout(s);
    if (changed)
        stop(state_timer);
    const auto idle = carry_out_actions();
    said_something_ = false;
    if (arrange_events(changed))
        return; // an event follows, so the machine will not have been idle
    if (zero_timers_ != 0)
        take_first_zero_timer();
    else if (idle > idle.zero())
        this_process::idle_timeout(idle);
}

/// What it had asked for is not done, but what waited goes on waiting.
void statem_core::event_failed() {
    in_hand_ = nullptr;
    forget_actions();
    const bool more = drop_inserted();
    const bool retried = arrange_events(std::exchange(state_has_changed_, false));
    if (!more && !retried && zero_timers_ != 0)
        take_first_zero_timer();
}

void statem_core::forget_actions() noexcept {
    for (const timer_action& a : std::exchange(actions_, {}))
        drop(a.event);
    said_something_ = false;
}

/// Within one event the last word on a timer counts.
bool statem_core::is_said_again(std::size_t i) const noexcept {
    for (std::size_t later = i + 1; later < actions_.size(); ++later)
        if (is_same_type(actions_[later].name, actions_[i].name))
            return true;
    return false;
}

/// Returns the idle timeout that is left to the process; zero: none.
time_limit::clock::duration statem_core::carry_out_actions() {
    auto idle = time_limit::clock::duration::zero();
    for (std::size_t i = 0; i < actions_.size(); ++i) {
        timer_action& a = actions_[i];
        if (is_said_again(i))
            drop(std::exchange(a.event, nullptr));
        else if (a.name == event_timer && !a.event && a.what == timer_action::kind::set &&
                 !a.when.is_infinite() && !is_zero(a.when)) {
            stop(event_timer);
            idle = a.when.length();
        } else
            carry_out(a);
    }
    actions_.clear();
    return idle;
}

void statem_core::carry_out(timer_action& a) {
    using kind = timer_action::kind;
    envelope* const event = std::exchange(a.event, nullptr);
    machine_timer* const running = a.what == kind::update ? find(a.name) : nullptr;
    if (running) {
        drop(std::exchange(running->event, event));
        return;
    }
    stop(a.name);
    if (a.what == kind::cancel || a.when.is_infinite())
        drop(event);
    else
        start(a.name, a.what == kind::update ? time_limit{time_span{}} : a.when, event);
}

// --- timers ---

machine_timer* statem_core::find(const type_identity* name) noexcept {
    for (machine_timer& t : timers_)
        if (is_same_type(t.name, name))
            return &t;
    return nullptr;
}

void statem_core::start(const type_identity* name, time_limit when, envelope* event) {
    if (!event)
        event = make_envelope<message_envelope<timeout>>(timeout{});
    machine_timer t{.name = name, .event = event};
    if (is_zero(when))
        ++zero_timers_;
    else {
        t.serial = ++serial_;
        const auto left = when.is_absolute()
                              ? saturated_difference(when.deadline({}), this_process::now())
                              : when.length();
        t.running = post_after(this_process::self(), left,
                               make_envelope<engine_timer>(this, &due, t.serial));
    }
    event_timeout_runs_ |= name == event_timer;
    timers_.push_back(t);
}

/// Takes a timer out and returns its event.
envelope* statem_core::take(std::size_t i) noexcept {
    machine_timer& t = timers_[i];
    if (t.serial == 0)
        --zero_timers_;
    else
        (void)t.running.cancel(); // one that lies in the mailbox already finds no timer
    if (t.name == event_timer)
        event_timeout_runs_ = false;
    envelope* const event = t.event;
    timers_.erase(timers_.begin() + static_cast<std::ptrdiff_t>(i));
    return event;
}

void statem_core::stop(const type_identity* name) noexcept {
    if (const machine_timer* t = find(name))
        drop(take(static_cast<std::size_t>(t - timers_.data())));
}

void statem_core::stop_event_timeout() noexcept { stop(event_timer); }

void statem_core::take_first_zero_timer() {
    std::size_t i = 0;
    while (timers_[i].serial != 0)
        ++i;
    post_continue(take(i));
}

envelope* statem_core::due(void* core, std::uint64_t serial) {
    auto& self = *static_cast<statem_core*>(core);
    for (std::size_t i = 0; i < self.timers_.size(); ++i)
        if (self.timers_[i].serial == serial)
            return self.take(i);
    return nullptr;
}

// --- finding the machine ---

statem_core& running_machine(const char* what) {
    if (void* const engine = running_engine())
        return *static_cast<statem_core*>(engine);
    throw std::logic_error{"coppice: " + std::string{what} +
                           " is for the handlers of a state machine, and no gen_statem runs here"};
}

statem_core& running_machine(const char* what, const type_identity& machine) {
    statem_core& c = running_machine(what);
    if (!is_same_type(c.machine().type, &machine))
        throw std::logic_error{"coppice: " + std::string{what} + " was called with `this` of " +
                               std::string{machine.name} + ", and the machine that runs is " +
                               std::string{c.machine().type->name} +
                               ": hand over the `this` of the machine's own class"};
    return c;
}

void throw_other_caller() {
    throw std::logic_error{"coppice: this_state::postpone takes the caller of the message that the "
                           "handler was called with, back; this is another one, or it has been "
                           "answered"};
}

void end_with_unexpected(std::string_view message) {
    this_process::exit(exit_reason::tagged("unexpected_event", exit_reason{message}));
}

} // namespace coppice::detail

namespace coppice {

void this_state::timeout(time_limit when) {
    detail::statem_core& c = detail::running_machine("this_state::timeout");
    c.say({.what = detail::timer_action::kind::set,
           .name = detail::state_timer,
           .when = when,
           .event = c.machine().make_state_timeout()});
}

void this_state::cancel_timeout() { cancel_timeout<state_timeout>(); }

} // namespace coppice
