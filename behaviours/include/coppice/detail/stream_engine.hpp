// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <coppice/detail/task_handle.hpp>
#include <memory>

// The part of a stream that does not depend on its types: which task is given next.
namespace coppice::detail {

/// The tasks of a stream, from their start until their answers are given.
///
/// Context: the process that made it; `next` suspends.
class stream_engine {
public:
    struct options {
        std::size_t max_concurrency;
        bool ordered;
        time_limit timeout;
    };
    /// What the stream does next.
    struct step {
        enum class kind : std::uint8_t {
            give,      // an element is there: `answer`, or its time was up
            start,     // a task has ended: another may start
            is_at_end, // no task is left
        };
        kind what = kind::is_at_end;
        request_share answer{nullptr}; // none: the time was up, and the task is ended
        pid task = {};
    };

    explicit stream_engine(const options& o);
    ~stream_engine(); ///< ends the tasks that run
    stream_engine(const stream_engine&) = delete;
    stream_engine& operator=(const stream_engine&) = delete;

    bool may_start() const noexcept;
    /// A task of the next element, which begins to run now.
    void add(task_handle task);
    /// `could_start`: there are more elements.
    step next(bool could_start);

private:
    struct tasks;
    std::unique_ptr<tasks> tasks_;
};

} // namespace coppice::detail
