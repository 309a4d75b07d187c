// SPDX-License-Identifier: BSL-1.0
#pragma once
#include "process/process.hpp"
#include <atomic>
#include <memory>

namespace coppice::detail {

extern const envelope_ops start_operations;

/// Keeps the starter's stack until the constructor no longer uses what lies on it, whatever happens
/// to the starter meanwhile: its time is up, or it is killed.
struct construction {
    std::atomic<bool> finished{true};

    ~construction();
};

/// The first message of every server: run the constructor and tell the starter.
struct start_request final : request {
    start_request(const starter& s, construction& c) noexcept
        : request{start_operations}, how{&s}, where{&c} {
        destroy = [](request* r) noexcept { dispose(static_cast<start_request*>(r)); };
        c.finished.store(false, std::memory_order_relaxed);
    }
    explicit start_request(std::unique_ptr<const starter> s) noexcept
        : request{start_operations}, owned{std::move(s)}, how{owned.get()} {
        destroy = [](request* r) noexcept { dispose(static_cast<start_request*>(r)); };
    }
    /// The constructor uses nothing of the starter's any more.
    void finish() noexcept {
        memory = nullptr;
        if (where)
            where->finished.store(true, std::memory_order_release);
    }

    std::unique_ptr<const starter> owned;
    const starter* how;
    construction* where = nullptr;
    void* memory = nullptr; // of the object under construction
    bool ignored = false;
};

inline bool is_start(const request& r) noexcept { return r.ops == &start_operations; }

/// The process ended before it came to its first message. The starter, whose stack the constructor
/// would have used, waits for this.
void constructor_never_began(request* r) noexcept;

/// The constructor has ended the process: the last thing that others learn of it.
void answer_start(request* r, const exit_reason& reason) noexcept;

/// The constructor stands on a stack that was abandoned, and uses nothing of the starter's any
/// more. Returns the object that is left half made.
void* leave_construction(request* r) noexcept;

/// Sleeps a millisecond, as a process or as a plain thread.
void pause_a_moment();

} // namespace coppice::detail
