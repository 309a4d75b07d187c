// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <chrono>
#include <coppice/log.hpp>
#include <exception>
#include <functional>
#include <memory>
#include <vector>

/// Reports as values: made once, then written, remembered and given to subscribers.
namespace coppice::log {

/// What an event says of itself: a sentence, and facts by name.
///
/// An event is any struct with a function `void describe(const E&, log::description&)` beside it.
/// The sentence is what people read; the facts become the fields of a line of JSON.
///
/// Context: a value; one thread at a time.
class description {
public:
    struct fact {
        enum class kind : std::uint8_t { text, number, list };
        std::string key;
        kind what = kind::text;
        std::string text = {};
        std::int64_t number = 0;
        std::vector<std::string> list = {};
        bool apart = false; ///< not said in the sentence: a line of its own, indented
    };

    /// The sentence, without a full stop.
    void say(std::string sentence) { sentence_ = std::move(sentence); }

    /// A fact that the sentence says too. Empty text and a null pid are left out.
    void fact_of(std::string_view key, std::string_view value);
    void fact_of(std::string_view key, pid value);
    void fact_of(std::string_view key, const exit_reason& value);
    void fact_of(std::string_view key, std::int64_t value);
    /// The same for a fact that gets a line of its own.
    void line_of(std::string_view key, std::string_view value);
    void line_of(std::string_view key, std::int64_t value);
    void line_of(std::string_view key, std::vector<std::string> values);

    const std::string& sentence() const noexcept { return sentence_; }
    const std::vector<fact>& facts() const noexcept { return facts_; }

private:
    std::string sentence_;
    std::vector<fact> facts_;
};

/// A line that was written with `log::info` and its like.
struct written_line {
    std::string text;
};
void describe(const written_line&, description&);

/// The writer fell behind, and these many reports were not written.
struct reports_dropped {
    std::uint64_t count;
};
void describe(const reports_dropped&, description&);

/// The log could not be written for a while, and these many reports are missing here.
struct reports_lost {
    std::uint64_t count;
    std::string why;
};
void describe(const reports_lost&, description&);

/// Finds an event's `describe` beside its type, or here for our own.
template <class E>
void describe_event(const E& e, description& d) {
    describe(e, d);
}

/// An event of any type. Copies share it, and it never changes.
///
/// Context: any thread.
class event {
public:
    template <class E>
    explicit event(std::in_place_t, E e)
        : value_{std::make_shared<const E>(std::move(e))}, type_{&type_of<E>} {}

    /// The event, if it is an E.
    template <class E>
    const E* get_if() const noexcept {
        return detail::is_key_of<E>(type_->key) ? static_cast<const E*>(value_.get()) : nullptr;
    }
    /// The type's name, without our namespace: `child_terminated`.
    std::string_view kind() const noexcept;
    description describe() const;

private:
    struct type {
        const detail::type_identity* key;
        std::string_view name;
        void (*describe)(const void*, description&);
    };
    template <class E>
    static void describe_as(const void* e, description& d) {
        describe_event(*static_cast<const E*>(e), d);
    }
    template <class E>
    static constexpr type type_of{&detail::type_key<E>, detail::type_name<E>(), &describe_as<E>};

    std::shared_ptr<const void> value_;
    const type* type_;
};

/// An event, when it happened and in which process.
struct record {
    std::uint64_t number = 0;                   ///< counts all records of this program
    std::chrono::system_clock::time_point time; ///< under simulation: the virtual time
    severity level = severity::info;
    pid process;      ///< that reported; null: a plain thread
    std::string name; ///< its registered name then; may be empty
    event what;

    template <class E>
    const E* get_if() const noexcept {
        return what.get_if<E>();
    }
    /// As it is written, with a line feed at the end.
    std::string text() const;
    std::string json() const;
};

} // namespace coppice::log

namespace coppice::detail {
/// What reports: the user's code, or the runtime, in the middle of something where it can neither
/// wait nor throw.
enum class reporter : std::uint8_t { user, runtime };
/// A message for the event in the record; null when it is of another type.
using message_maker = envelope* (*)(const log::record&);

void deliver_report(severity s, pid about, log::event e, reporter by);
void count_failed_report() noexcept;
std::uint64_t add_subscriber(severity least, std::function<void(const log::record&)> f);
std::uint64_t add_subscriber(severity least, pid receiver, message_maker make);
void remove_subscriber(std::uint64_t id) noexcept;

/// What the runtime and the supervisors report. `make` makes the event; when memory runs out, the
/// report is lost, counted, and nothing else is hurt.
template <class F>
void report_without_fail(severity s, F make, pid about = {}) noexcept {
    if (!log::wants(s))
        return;
    try {
        deliver_report(s, about, log::event{std::in_place, make()}, reporter::runtime);
    } catch (const std::exception&) {
        count_failed_report();
    }
}
} // namespace coppice::detail

namespace coppice::log {

/// Reports an event. `about` is the process whose level counts; null: the one that reports.
///
/// Context: any thread, any process. It suspends in one case: a process has subscribed, its mailbox
/// is full and blocks its senders. Then a process that reports waits for room as they do, but only
/// while the subscriber takes something: when it took nothing for five seconds, reports pass it by
/// until it has room again.
template <class E>
void report(severity s, E e, pid about = {}) {
    if (wants(s))
        detail::deliver_report(s, about, event{std::in_place, std::move(e)},
                               detail::reporter::user);
}

/// The last records, oldest first, at most `n`. Their severity is at least `settings::keep`.
std::vector<record> recent(std::size_t n = static_cast<std::size_t>(-1));
/// Forgets them.
void forget_recent();

/// Ends a subscription when it is destroyed. After that the function is not running any more.
///
/// Context: any thread.
class [[nodiscard]] subscription {
public:
    subscription() = default;
    explicit subscription(std::uint64_t id) : id_{id} {}
    subscription(subscription&& o) noexcept : id_{std::exchange(o.id_, 0)} {}
    subscription& operator=(subscription&& o) noexcept {
        std::swap(id_, o.id_);
        return *this;
    }
    ~subscription() {
        if (id_)
            detail::remove_subscriber(id_);
    }

private:
    std::uint64_t id_ = 0;
};

/// Calls `f` with each record of at least this severity, whatever is written and remembered.
///
/// Context: `f` runs where the report was made, in a dying process perhaps: it must neither suspend
/// nor throw. One such function runs at a time. It may end its own subscription or another's, which
/// is not called any more. What `f` itself reports reaches no subscriber.
inline subscription subscribe(severity least, std::function<void(const record&)> f) {
    return subscription{detail::add_subscriber(least, std::move(f))};
}

/// Sends each E to a process, as a message E.
///
/// `auto watch = log::subscribe<child_terminated>(this_process::self());`
///
/// A process that does not read what it is sent harms only itself. When its mailbox has a bound and
/// is full, what the bound's policy says happens to the message. With `block`, a process that
/// reports waits, see `report`; what the runtime itself reports, what a plain thread reports, and
/// what comes when the wait was in vain, is dropped, counted in `counters`, and reported as a
/// `message_dropped`.
template <class E>
subscription subscribe(pid receiver, severity least = severity::debug) {
    return subscription{
        detail::add_subscriber(least, receiver, [](const record& r) -> detail::envelope* {
            const E* e = r.get_if<E>();
            return e ? detail::make_envelope<detail::message_envelope<E>>(E{*e}) : nullptr;
        })};
}

} // namespace coppice::log
