// SPDX-License-Identifier: BSL-1.0
#include "timers/message_timers.hpp"
#include <algorithm>
#include <memory>
#include <utility>

namespace coppice::detail {
namespace {

constexpr std::size_t few_cancelled = 1024; // not worth a sweep
constexpr std::size_t looks_at_once = 256;  // at receivers: some microseconds under the lock
constexpr std::size_t ahead = 8;            // entries whose timers are fetched into the cache

} // namespace

template <class F>
void message_timers::slot::drain(F f) {
    decltype(entries) all;
    all.swap(entries);
    for (; !all.empty(); all.pop_front()) {
        if (ahead < all.size())
            __builtin_prefetch(all[ahead].timer, 1);
        f(all.front());
    }
}

timer_ref message_timers::set(clock::time_point now,
                              clock::time_point due,
                              pid to,
                              envelope* message) {
    const std::lock_guard hold{lock_};
    if (!is_due(now))
        wheel_.catch_up(now);
    message_timer& t = *timers_.take();
    t.message = message;
    wheel_.arm(slot::entry{wheel_.tick_of(due), to, &t});
    ++in_wheel_;
    if (due < next())
        publish_next();
    return {*this, t, t.serial, due};
}

std::optional<message_timers::cancelled> message_timers::cancel(const timer_ref& t) {
    return t.wheel_ ? t.wheel_->cancel_here(t) : std::nullopt;
}

std::optional<message_timers::cancelled> message_timers::cancel_here(const timer_ref& r) {
    const std::lock_guard hold{lock_};
    message_timer& t = *r.timer_;
    if (t.serial != r.serial_ || !t.message)
        return std::nullopt;
    const cancelled c{std::exchange(t.message, nullptr), r.due_};
    if (++cancelled_ > few_cancelled && cancelled_ > in_wheel_ / 2)
        sweep();
    return c;
}

inline void message_timers::free(message_timer& t) {
    ++t.serial;
    --in_wheel_;
    timers_.give(&t);
}

[[gnu::noinline]] void message_timers::sweep() {
    wheel_.for_each_slot([this](slot& s) {
        auto& all = s.entries;
        auto kept = all.begin();
        for (const slot::entry& e : all)
            if (e.timer->message)
                *kept++ = e;
            else
                free(*e.timer);
        all.erase(kept, all.end());
    });
    cancelled_ = 0;
}

bool message_timers::take_some_of_the_dead(std::vector<envelope*>& out) {
    const std::lock_guard hold{lock_};
    out.reserve(out.size() + looks_at_once); // nothing may fail once a message is taken
    for (std::size_t looks = 0; look_slot_ < wheel_.slot_count; ++look_slot_, look_entry_ = 0) {
        const auto& all = wheel_.slot(look_slot_).entries;
        for (; look_entry_ < all.size(); ++look_entry_) {
            if (looks++ == looks_at_once)
                return false;
            const slot::entry& e = all[look_entry_];
            if (e.to.alive() || !e.timer->message)
                continue;
            out.push_back(std::exchange(e.timer->message, nullptr));
            ++cancelled_;
        }
    }
    look_slot_ = look_entry_ = 0;
    if (cancelled_ > few_cancelled && cancelled_ > in_wheel_ / 2)
        sweep();
    return true;
}

void message_timers::start(clock::time_point now) {
    const std::lock_guard hold{lock_};
    wheel_.start(now);
}

void message_timers::take(const slot::entry& e, std::vector<due_message>& out) {
    if (e.timer->message)
        out.push_back({e.to, e.timer->message});
    else
        --cancelled_;
    free(*e.timer);
}

void message_timers::take_due(clock::time_point now, std::vector<due_message>& out) {
    const std::lock_guard hold{lock_};
    wheel_.advance(now, [&](const slot::entry& e) { take(e, out); });
    publish_next();
}

void message_timers::take_all(std::vector<due_message>& out) {
    const std::lock_guard hold{lock_};
    wheel_.for_each_slot([&](slot& s) { s.drain([&](const slot::entry& e) { take(e, out); }); });
    publish_next();
}

namespace {
struct shelf {
    std::mutex lock;
    std::vector<message_timers*> free; // there is room for all that are in use
    std::size_t made = 0;
};
shelf& the_shelf() {
    static auto* s = new shelf;
    return *s;
}
} // namespace

message_timers& message_timers::take() {
    shelf& s = the_shelf();
    const std::lock_guard hold{s.lock};
    if (s.free.empty()) {
        s.free.reserve(s.made + 1);
        s.free.push_back(new message_timers);
        ++s.made;
    }
    message_timers& m = *s.free.back();
    s.free.pop_back();
    return m;
}

void message_timers::give_back(message_timers& m) {
    shelf& s = the_shelf();
    const std::lock_guard hold{s.lock};
    s.free.push_back(&m);
}

} // namespace coppice::detail
