// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <coppice/detail/envelopes.hpp>
#include <coppice/pending.hpp>
#include <optional>
#include <vector>

namespace coppice {

/// Many requests, each under a label; their replies in the order in which they come.
///
/// Context: any process or thread; one at a time.
/// Source: OTP, gen_server request-id collections.
template <class R, class Label = std::size_t>
class request_set {
public:
    struct answer {
        Label label;
        result<R> value;
    };

    /// Adds a request. One whose reply was taken, or that was moved from, gives `errc::no_request`.
    void add(Label label, pending<R> p) {
        if (!detail::pending_access::get(p)) {
            p = detail::pending_access::make<R>(detail::make_envelope<detail::unsent_request<R>>());
            detail::refuse(detail::pending_access::get(p), detail::no_request());
        }
        labels_.push_back(std::move(label));
        requests_.push_back(detail::pending_access::release(p));
    }
    bool empty() const noexcept { return requests_.empty(); }
    std::size_t size() const noexcept { return requests_.size(); }

    /// Waits for the next reply; nothing when the set is empty or the timeout has passed.
    std::optional<answer> next(time_limit timeout = default_call_timeout) {
        if (requests_.empty())
            return std::nullopt;
        const std::size_t i = detail::await_any(requests_.data(), requests_.size(), timeout);
        if (i == requests_.size())
            return std::nullopt;
        auto p = detail::pending_access::make(static_cast<detail::reply_slot<R>*>(requests_[i]));
        Label label = std::move(labels_[i]);
        requests_.erase(requests_.begin() + static_cast<std::ptrdiff_t>(i));
        labels_.erase(labels_.begin() + static_cast<std::ptrdiff_t>(i));
        return answer{std::move(label), p.try_get(infinity)};
    }

    request_set() = default;
    request_set(request_set&&) noexcept = default;
    request_set& operator=(request_set&& o) noexcept {
        labels_.swap(o.labels_);
        requests_.swap(o.requests_);
        return *this;
    }
    ~request_set() {
        for (detail::request* r : requests_)
            detail::release(r);
    }

private:
    std::vector<Label> labels_;
    std::vector<detail::request*> requests_; // one share of each is ours
};

} // namespace coppice
