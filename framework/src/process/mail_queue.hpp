// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <atomic>
#include <boost/assert.hpp>
#include <coppice/detail/envelope.hpp>
#include <utility>

namespace coppice::detail {

/// The mail that a process has taken out of its word and has not handled yet, oldest first.
///
/// It holds no signals: they act when they are taken. Code that walks through it and calls user
/// code on the way compares `removals` before and after: that code may have taken a message itself,
/// and then the place where the walk stood is gone.
///
/// Context: the owner of the process; `size` any thread, a moment old.
class mail_queue {
public:
    envelope* front() const noexcept { return head_; }
    bool empty() const noexcept { return head_ == nullptr; }
    std::uint32_t size() const noexcept { return size_.load(std::memory_order_relaxed); }
    std::uint32_t removals() const noexcept { return removals_; }

    void push_back(envelope* n) noexcept {
        BOOST_ASSERT(n->ops->what != envelope_ops::kind::signal);
        push_back_to_refuse(n);
    }
    /// The same for a process that exits: signals are refused in their turn, too.
    void push_back_to_refuse(envelope* n) noexcept {
        n->next = nullptr;
        if (tail_)
            tail_->next = n;
        else
            head_ = n;
        tail_ = n;
        set_size(size() + 1);
    }
    /// Takes the oldest out; null when there is none.
    envelope* pop_front() noexcept {
        envelope* n = head_;
        if (n) {
            head_ = n->next;
            if (!head_)
                tail_ = nullptr;
            set_size(size() - 1);
        }
        return n;
    }
    /// Takes the one behind `previous` out; null: the oldest. There must be one.
    envelope* remove_behind(envelope* previous) noexcept {
        envelope*& link = previous ? previous->next : head_;
        envelope* n = std::exchange(link, link->next);
        if (tail_ == n)
            tail_ = previous;
        set_size(size() - 1);
        ++removals_;
        return n;
    }
    /// Takes all of `others` and puts them in front, in their order.
    void prepend(mail_queue& others) noexcept {
        if (others.empty())
            return;
        others.tail_->next = std::exchange(head_, others.head_);
        if (!tail_)
            tail_ = others.tail_;
        set_size(size() + others.size());
        others.take_all();
    }
    envelope* back() const noexcept { return tail_; }
    /// Takes out all behind `last`, oldest first; null: all.
    envelope* take_behind(envelope* last) noexcept {
        envelope*& link = last ? last->next : head_;
        envelope* const taken = std::exchange(link, nullptr);
        std::uint32_t count = 0;
        for (envelope* n = taken; n; n = n->next)
            ++count;
        if (count != 0) {
            tail_ = last;
            set_size(size() - count);
            ++removals_;
        }
        return taken;
    }
    /// Takes all out, oldest first.
    envelope* take_all() noexcept {
        tail_ = nullptr;
        set_size(0);
        ++removals_;
        return std::exchange(head_, nullptr);
    }

private:
    // Only the owner changes it, so load and store need not be one step; others read it for
    // reports.
    void set_size(std::uint32_t n) noexcept { size_.store(n, std::memory_order_relaxed); }

    envelope* head_ = nullptr;
    envelope* tail_ = nullptr;
    std::atomic<std::uint32_t> size_{0};
    std::uint32_t removals_ = 0;
};

} // namespace coppice::detail
