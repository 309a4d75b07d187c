// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <vector>

// Parking and waking of the runtime's threads: a mutexed list of the idle and one word that counts.
//
// Why no wake-up is lost (the long form is in docs/architecture.md):
// - The counts are true. `idle` is the length of the list; `searching` counts threads that search
//   or were woken to search. Both change only together with what they count.
// - A publisher stores work, fences, reads the word; a parker changes the word, fences, looks for
//   work. Whichever fence is first, one of them sees the other.
// - A publisher that sees a thread searching may skip: each searcher leaves by changing the word
//   later, hence its own fence is later too; if it leaves to park, it looks again, and if it is the
//   last and leaves with work, it publishes in the skipper's place.
// - Every removal from the list is followed by exactly one post, which the io_context keeps until
//   its thread takes it.
namespace coppice::detail {

class idle_threads;

/// One thread's part: it sleeps in its own io_context.
struct thread_parker {
    boost::asio::io_context io{1};
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work{
        io.get_executor()};
    std::atomic<idle_threads*> parked{nullptr}; // the list that it is on; written under its mutex
    bool told_to_search = false;                // under the mutex
    bool searching = false;                     // own thread only
    std::size_t position = 0;                   // in the list, under the mutex

    void wake() {
        boost::asio::post(io, [] {});
    }

    // Handlers of Asio that are no process's wait are user code outside of any process. When one
    // fails it is reported, and no other thread is hurt.

    /// Runs those that are ready, and says how many there were.
    std::size_t poll() noexcept;
    /// Waits for one, and runs it.
    void run_one_until(std::chrono::steady_clock::time_point deadline) noexcept;
};

class idle_threads {
public:
    /// After work was made visible to all threads. No thread idle: one fence and one load.
    void published() {
        std::atomic_thread_fence(std::memory_order_seq_cst);
        const auto s = word_.load(std::memory_order_relaxed);
        if (idle_in(s) > 0 && searching_in(s) == 0)
            wake_searcher();
    }

    /// After the exchange that made the thread's own inbox non-empty. A thread that has left the
    /// list on which we saw it, and is on another, has looked at its inbox after our fence.
    static void published_to(thread_parker& p) {
        std::atomic_thread_fence(std::memory_order_seq_cst);
        if (idle_threads* list = p.parked.load(std::memory_order_relaxed))
            list->wake_up(p);
    }

    /// How many sleep. A moment old.
    std::uint32_t count() const noexcept { return idle_in(word_.load(std::memory_order_relaxed)); }

    void begin_search(thread_parker& p) {
        if (p.searching)
            return;
        p.searching = true;
        word_.fetch_add(one_searching, std::memory_order_acq_rel);
    }

    /// Before running what the search found.
    void end_search(thread_parker& p) {
        if (!p.searching)
            return;
        p.searching = false;
        const auto s = word_.fetch_sub(one_searching, std::memory_order_acq_rel) - one_searching;
        if (searching_in(s) == 0)
            published(); // the last one out wakes a successor
    }

    /// Sleeps until woken, until I/O, or until `deadline`. `any_work` looks at everything that may
    /// have been published to this thread or to all.
    template <class AnyWork>
    void park(thread_parker& p, AnyWork any_work, std::chrono::steady_clock::time_point deadline) {
        {
            const std::lock_guard hold{lock_};
            p.told_to_search = false;
            p.position = list_.size();
            list_.push_back(&p);
            p.parked.store(this, std::memory_order_relaxed);
            // From searching to idle in one step.
            word_.fetch_add(one_idle - (p.searching ? one_searching : 0),
                            std::memory_order_acq_rel);
            p.searching = false;
        }
        std::atomic_thread_fence(std::memory_order_seq_cst);
        if (any_work())
            p.poll();
        else
            p.run_one_until(deadline);
        leave(p);
    }

    /// Off the list. Own thread; also the first thing in every I/O handler, which runs inside
    /// `run_one` while the thread still counts as idle: what it publishes must not wake its own
    /// thread in place of another.
    void leave(thread_parker& p) {
        const std::lock_guard hold{lock_};
        if (p.parked.load(std::memory_order_relaxed) == this) {
            remove(p);
            word_.fetch_sub(one_idle, std::memory_order_acq_rel);
        } else if (p.told_to_search)
            p.searching = true; // its waker has counted it
        p.told_to_search = false;
    }

private:
    static constexpr std::uint32_t one_idle = 1, one_searching = 0x10000;
    static constexpr std::uint32_t idle_in(std::uint32_t s) { return s & 0xffff; }
    static constexpr std::uint32_t searching_in(std::uint32_t s) { return s >> 16; }

    void remove(thread_parker& p) {
        thread_parker* last = list_.back();
        list_[p.position] = last;
        last->position = p.position;
        list_.pop_back();
        p.parked.store(nullptr, std::memory_order_relaxed);
    }

    [[gnu::noinline]] void wake_up(thread_parker& p) {
        {
            const std::lock_guard hold{lock_};
            if (p.parked.load(std::memory_order_relaxed) != this)
                return;
            remove(p);
            p.told_to_search = false;
            word_.fetch_sub(one_idle, std::memory_order_acq_rel);
        }
        p.wake();
    }

    [[gnu::noinline]] void wake_searcher() {
        thread_parker* p = nullptr;
        {
            const std::lock_guard hold{lock_};
            if (searching_in(word_.load(std::memory_order_relaxed)) != 0 || list_.empty())
                return;
            p = list_.back(); // the one that went to sleep last is the warmest
            remove(*p);
            p->told_to_search = true;
            word_.fetch_add(one_searching - one_idle, std::memory_order_acq_rel);
        }
        p->wake();
    }

    alignas(64) std::atomic<std::uint32_t> word_{0}; // searching(16) | idle(16)
    alignas(64) std::mutex lock_;
    std::vector<thread_parker*> list_;
};

} // namespace coppice::detail
