// SPDX-License-Identifier: BSL-1.0
#pragma once
#include "scheduler/worker.hpp"
#include <array>
#include <atomic>
#include <cstdint>
#include <vector>

// When the memory of a name that is no longer used may serve another name. Readers take no lock, so
// one may still be looking at it.
//
// A reader never suspends and comes to no end of a step (worker::step) while it reads. So a process
// needs to do nothing: when its thread has begun another step, or runs no process, it is done with
// what it read before. All others - plain threads, handlers of Asio, what a thread does between two
// processes - count themselves in one of two counters while they read.
//
// Why no reader is left when a grace period is over. What is given up was unlinked first, and then
// `begin` makes the kernel run a full fence on every thread of ours. Take a reader on a thread of
// the runtime.
// - It began to read after its thread's fence: it finds nothing that was unlinked.
// - It reads while its thread is fenced: the step in which it reads was visible before we looked at
// the steps. It is over when we see another one, or that no process runs. Both are stored with
// release after it has read, and read by us with acquire. A thread that registers later begins to
// read later. For counted readers: a reader that the counters do not show yet raises its counter
// after our fence, and so finds nothing that was unlinked. One that they show stands in the counter
// of this epoch, or of the one before. The epoch moves on only when the counter of the next one is
// 0; after two moves both were 0.
namespace coppice::detail {

/// The constructor's thread reads names while this lives.
/// Context: any thread, async-signal-safe, never waits; nothing may suspend meanwhile.
class name_reader {
public:
    name_reader() noexcept {
        if (!current_process()) [[unlikely]]
            count();
    }
    name_reader(const name_reader&) = delete;
    name_reader& operator=(const name_reader&) = delete;
    ~name_reader() {
        if (counter_) [[unlikely]]
            counter_->fetch_sub(1, std::memory_order_release); // it has read what it reads
    }

private:
    void count() noexcept;

    std::atomic<std::uint32_t>* counter_ = nullptr;
};

/// From one moment until all who read then are done.
/// Context: one thread at a time.
class grace_period {
public:
    /// After the unlinking. Errors: throws std::bad_alloc, and has not begun then.
    void begin();
    /// Is it over? Costs a look at each thread that it still waits for; never waits. Never true
    /// where the kernel cannot fence for all threads: there nothing is ever used again.
    bool is_over() noexcept;

private:
    struct reading_thread {
        const worker* who;
        std::uint64_t step;
    };
    std::vector<reading_thread> threads_;
    std::uint64_t epoch_ = 0;
};

namespace name_readers {
/// A thread of the runtime, before it runs its first process, and after its last.
void add_thread(const worker& w);
void remove_thread(const worker& w) noexcept;
/// Does one of them say (worker::reads) that it reads what `lock` guards? If not, what it read has
/// been read: acquire.
bool is_read(const void* lock) noexcept;
} // namespace name_readers

} // namespace coppice::detail
