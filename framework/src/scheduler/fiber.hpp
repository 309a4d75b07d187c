// SPDX-License-Identifier: BSL-1.0
#pragma once
#include "support/exception_state.hpp"
#include "support/sanitizer.hpp"
#include <algorithm>
#include <boost/fiber/context.hpp>
#include <boost/fiber/properties.hpp>
#include <coppice/exit_reason.hpp>
#include <utility>

namespace coppice::detail {

struct process;
struct worker;

/// A pooled stack on which handlers run. It belongs to one thread for ever, so that thread_local,
/// errno and Asio's thread state stay true across a suspension.
struct fiber : boost::fibers::fiber_properties {
    explicit fiber(worker& w) : fiber_properties{nullptr}, owner{w} {}
    ~fiber() override { sanitizer::forget(stack); }

    worker& owner;
    boost::fibers::context* context = nullptr;
    process* assigned = nullptr;             // to be run when this fiber is switched to
    process* current = nullptr;              // whose code stands on this stack
    fiber* next = nullptr;                   // free list or ready queue
    const exit_reason* exits_with = nullptr; // while the object of a server is destroyed
    exception_state exceptions;
    sanitizer::stack_info stack;
    /// Handlers of Asio run on a fiber of their own, so that one may wait in a primitive of
    /// Boost.Fiber without holding the stack of a process.
    enum class io_duty : std::uint8_t { none, look, sleep };
    bool quit = false;
    bool abandoned = false; // its stack ended in std::terminate, see abandon.hpp
    io_duty duty = io_duty::none;
};

/// The fibers of a thread that run nothing, the last one used first.
class free_fibers {
public:
    explicit operator bool() const noexcept { return top_ != nullptr; }
    std::size_t count() const noexcept { return count_; }

    void push(fiber& f) noexcept {
        f.next = top_;
        top_ = &f;
        ++count_;
    }
    fiber* pop() noexcept {
        fiber* f = top_;
        if (f) {
            top_ = f->next;
            least_ = std::min(least_, --count_);
        }
        return f;
    }
    /// The least that there were since this was asked last: so many were not needed.
    std::size_t unused() noexcept { return std::exchange(least_, count_); }

private:
    fiber* top_ = nullptr;
    std::size_t count_ = 0;
    std::size_t least_ = 0;
};

/// The fibers of a thread that go on as soon as it is their turn, oldest first.
class ready_fibers {
public:
    explicit operator bool() const noexcept { return first_ != nullptr; }

    void push(fiber& f) noexcept {
        f.next = nullptr;
        if (last_)
            last_->next = &f;
        else
            first_ = &f;
        last_ = &f;
    }
    /// Null when there is none.
    fiber* pop() noexcept {
        fiber* const f = first_;
        if (f) {
            first_ = f->next;
            if (!first_)
                last_ = nullptr;
        }
        return f;
    }

private:
    fiber* first_ = nullptr;
    fiber* last_ = nullptr;
};

} // namespace coppice::detail
