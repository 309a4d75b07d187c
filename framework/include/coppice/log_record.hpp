// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <chrono>
#include <coppice/log.hpp>
#include <functional>
#include <memory>
#include <vector>

/// Reports as values: made once, then written, remembered and given to whoever asked for them.
namespace coppice::log {

/// What an event says of itself: a sentence, and facts by name.
///
/// An event is any struct with a function `void describe(const E&, log::description&)` beside it.
/// The sentence is what people read; the facts become the fields of a line of JSON.
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

    /// A fact that the sentence says too. Empty text and nobody are left out.
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

/// A line that somebody wrote with `log::info` and its like.
struct written_line {
    std::string text;
};
void describe(const written_line&, description&);

/// The writer fell behind, and these many reports were not written.
struct reports_dropped {
    std::uint64_t count;
};
void describe(const reports_dropped&, description&);

/// Finds an event's `describe` beside its type, or here for our own.
template <class E>
void describe_event(const E& e, description& d) {
    describe(e, d);
}

/// An event of any type. Copies share it, and nobody changes it.
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

/// An event, when it happened and in whose process.
struct record {
    std::uint64_t number = 0;                   ///< counts all records of this program
    std::chrono::system_clock::time_point time; ///< under simulation: the virtual time
    severity level = severity::info;
    pid process;      ///< who reported; nobody: a plain thread
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
void deliver_report(severity s, pid about, log::event e);
std::uint64_t add_subscriber(severity least, std::function<void(const log::record&)> f);
void remove_subscriber(std::uint64_t id) noexcept;
} // namespace coppice::detail

namespace coppice::log {

/// Reports an event. `about` is the process whose level counts; nobody: the one that reports.
///
/// Context: any thread, any process, never suspends.
template <class E>
void report(severity s, E e, pid about = {}) {
    if (wants(s))
        detail::deliver_report(s, about, event{std::in_place, std::move(e)});
}

/// The last records, oldest first, at most `n`. Their severity is at least `settings::keep`.
std::vector<record> recent(std::size_t n = static_cast<std::size_t>(-1));
/// Forgets them.
void forget_recent();

/// Ends a subscription when it is destroyed. After that the function is not running any more.
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
/// nor throw. What `f` itself reports reaches no subscriber.
inline subscription subscribe(severity least, std::function<void(const record&)> f) {
    return subscription{detail::add_subscriber(least, std::move(f))};
}

/// Sends each E to a process, as a message E.
///
/// `auto watch = log::subscribe<child_terminated>(this_process::self());`
template <class E>
subscription subscribe(pid receiver, severity least = severity::debug) {
    return subscribe(least, [receiver](const record& r) {
        if (const E* e = r.get_if<E>())
            receiver.send(E{*e});
    });
}

} // namespace coppice::log
