// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <coppice/detail/stream_engine.hpp>
#include <coppice/task.hpp>
#include <iterator>

/// A function that runs for each element of a range, a few at a time, each in a task of its own.
/// Elixir's Task.async_stream. Opt-in: not part of coppice.hpp.
///
///     for (result<page>& r : async_stream(urls, fetch, {.max_concurrency = 8}))
///         if (r)
///             store(*r);
///
/// It is lazy: tasks start when the loop asks for a result, and `max_concurrency` of them run while
/// it deals with one. Leaving the loop ends those that run.
///
/// **Failures are values.** No task is linked with the caller: `r` says why an element failed, and
/// `r.value()` throws it where one failure shall end all. (Elixir has two functions for that.)
///
/// **Order.** The results come in the order of the range; with `.ordered = false` as they come. An
/// ordered stream goes on behind an element that takes long, and keeps the results that are there.
///
/// **Timeouts.** Each element has `timeout`, from the start of its task. What it means that it has
/// passed, `on_timeout` says; the task is ended in both cases.
///
/// **When not.** Each element is a process: it should take longer than a process costs, some
/// microseconds. For less give each task a part of the range.
///
/// Context: a process, or a plain thread; each step of the loop suspends the one, and blocks the
/// other.
/// Source: Elixir, Task.async_stream/3.
namespace coppice {

/// What becomes of an element whose time is up.
enum class on_timeout : std::uint8_t {
    fail, ///< its result is a failure `timeout`, and the stream goes on; Elixir's `:kill_task`
    exit, ///< the loop throws a call_error `timeout`, and all tasks are ended; Elixir's default
};

/// How a stream runs its tasks.
struct stream_options {
    std::size_t max_concurrency = 0;           ///< at a time; 0: one for each thread of the runtime
    bool ordered = true;                       ///< results in the order of the range
    time_limit timeout = default_call_timeout; ///< for each element
    coppice::on_timeout on_timeout = coppice::on_timeout::fail;
};

/// The results of `async_stream`: an input range of `result<R>`, which is gone through once.
///
/// Shape: neither copied nor moved.
/// Context: the process or thread that made it.
template <class Range, class F, class Start>
class task_stream {
    using iterator_of_range = decltype(std::begin(std::declval<std::remove_reference_t<Range>&>()));

public:
    using element = std::iter_value_t<iterator_of_range>;
    using value_type = result<detail::value_of_task<F, element>>;

    class iterator {
    public:
        using value_type = task_stream::value_type;
        using difference_type = std::ptrdiff_t;
        using iterator_category = std::input_iterator_tag;

        explicit iterator(task_stream& s) noexcept : stream_{&s} {}
        value_type& operator*() const noexcept { return *stream_->current_; }
        value_type* operator->() const noexcept { return &*stream_->current_; }
        iterator& operator++() {
            stream_->advance();
            return *this;
        }
        void operator++(int) { ++*this; }
        bool operator==(std::default_sentinel_t) const noexcept { return !stream_->current_; }

    private:
        task_stream* stream_;
    };

    task_stream(Range&& range, F f, Start start, const stream_options& o)
        : range_(std::forward<Range>(range)),
          f_(std::move(f)),
          start_(std::move(start)),
          on_timeout_{o.on_timeout},
          engine_{
              {.max_concurrency = o.max_concurrency, .ordered = o.ordered, .timeout = o.timeout}} {}
    task_stream(const task_stream&) = delete;
    task_stream& operator=(const task_stream&) = delete;

    /// Once. Starts the first tasks and waits for the first result.
    iterator begin() {
        next_.emplace(std::begin(range_));
        advance();
        return iterator{*this};
    }
    std::default_sentinel_t end() const noexcept { return {}; }

private:
    bool has_more() { return *next_ != std::end(range_); }

    void advance() {
        using step = detail::stream_engine::step;
        current_.reset();
        for (;;) {
            for (; engine_.may_start() && has_more(); ++*next_) {
                auto t = start_(f_, element(**next_));
                engine_.add(std::move(detail::task_access::handle(t)));
            }
            step s = engine_.next(has_more());
            if (s.what == step::kind::is_at_end)
                return;
            if (s.what == step::kind::give)
                return give(s);
        }
    }

    void give(detail::stream_engine::step& s) {
        using R = typename value_type::value_type;
        detail::request* const r = s.answer.get();
        if (!r && on_timeout_ == on_timeout::exit)
            detail::throw_failure(detail::task_timed_out(s.task));
        if (!r)
            current_.emplace(detail::failed<R>(detail::task_timed_out(s.task)));
        else if (r->result == detail::request::outcome::failed)
            current_.emplace(detail::failed<R>(detail::failure_of(r)));
        else if constexpr (std::is_void_v<R>)
            current_.emplace();
        else
            current_.emplace(boost::system::in_place_value,
                             std::move(static_cast<detail::task_slot<R>*>(r)->value()));
    }

    Range range_; // a reference, if it was given one
    F f_;
    Start start_;
    on_timeout on_timeout_;
    detail::stream_engine engine_;
    std::optional<iterator_of_range> next_;
    std::optional<value_type> current_;
};

namespace detail {

struct start_nolink {
    template <class F, class E>
    auto operator()(const F& f, E&& e) const {
        return async_nolink(f, std::forward<E>(e));
    }
};

template <class Range, class F>
constexpr auto explain_stream() {
    using element =
        std::iter_value_t<decltype(std::begin(std::declval<std::remove_reference_t<Range>&>()))>;
    using is = task_check<F, element>;
    constexpr bool fits = is::fits;
    static_assert(fits, "coppice: async_stream: the function takes one element of the range");
    constexpr bool is_value = !is::fits || is::is_value;
    static_assert(is_value, "coppice: async_stream: the function returns void or a nothrow movable "
                            "value (never a reference: it crosses processes)");
    return std::bool_constant<is::ok>{};
}

} // namespace detail

/// See above. A range that is given as a temporary lives in the stream; `f` is copied for each
/// task.
///
/// Errors: none of its own; the loop throws `not_running` without a runtime, and `timeout` if
/// `on_timeout` says so.
template <class Range, class F>
auto async_stream(Range&& range, F f, const stream_options& options = {}) {
    if constexpr (decltype(detail::explain_stream<Range, F>())::value)
        return task_stream<Range, F, detail::start_nolink>{
            std::forward<Range>(range), std::move(f), {}, options};
    else
        return std::vector<detail::after_error>{};
}

} // namespace coppice
