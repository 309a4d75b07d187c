// SPDX-License-Identifier: BSL-1.0
#include <coppice/detail/answer_queue.hpp>
#include <coppice/detail/stream_engine.hpp>
#include <coppice/runtime.hpp>
#include <coppice/this_process.hpp>
#include <list>

namespace coppice::detail {

namespace {

struct element : answer_queue::entry {
    task_handle task;
    time_limit::clock::time_point deadline;
    bool is_done = false; // answered, or its time was up
    bool was_late = false;
    std::list<element, cell_allocator<element>>::iterator self;
};

} // namespace

/// All have the same timeout, so the first in the list that runs is the first whose time is up. In
/// an ordered stream those that are done stay until they are first.
struct stream_engine::tasks {
    options how;
    answer_queue queue;
    std::list<element, cell_allocator<element>> all; // in the order of their starts
    std::size_t running = 0;

    explicit tasks(const options& o) : how{o} {
        if (how.max_concurrency == 0)
            how.max_concurrency = std::max<std::size_t>(1, runtime::thread_count());
    }
    ~tasks() {
        for (element& e : all)
            if (!e.is_done)
                queue.remove(e);
    }

    step give(element& e) {
        step s{.what = step::kind::give, .task = e.task.request()->server};
        if (e.was_late)
            e.task.close();
        else
            s.answer = request_share{e.task.take()};
        all.erase(e.self);
        return s;
    }
    /// Waits until one is done. It is the first that runs if its time is up.
    element& wait_for_one(element& first) {
        auto* done = static_cast<element*>(queue.next(first.deadline));
        if (!done) {
            queue.remove(first);
            done = &first;
            done->was_late = !is_answered(first.asked); // by a hair
        }
        done->is_done = true;
        --running;
        return *done;
    }
};

stream_engine::stream_engine(const options& o) : tasks_{std::make_unique<tasks>(o)} {}

stream_engine::~stream_engine() = default;

bool stream_engine::may_start() const noexcept {
    return tasks_->running < tasks_->how.max_concurrency;
}

void stream_engine::add(task_handle task) {
    tasks& t = *tasks_;
    element& e = t.all.emplace_back();
    e.self = std::prev(t.all.end());
    e.task = std::move(task);
    e.asked = e.task.request();
    e.deadline = t.how.timeout.deadline(this_process::now());
    t.queue.add(e);
    ++t.running;
}

stream_engine::step stream_engine::next(bool could_start) {
    tasks& t = *tasks_;
    while (!t.all.empty()) {
        element& first = t.all.front();
        if (first.is_done)
            return t.give(first);
        element& done = t.wait_for_one(first);
        if (!t.how.ordered)
            return t.give(done);
        if (could_start && !t.all.front().is_done)
            return {.what = step::kind::start};
    }
    return {};
}

} // namespace coppice::detail
