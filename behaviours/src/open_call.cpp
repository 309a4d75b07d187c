// SPDX-License-Identifier: BSL-1.0
#include <coppice/detail/open_call.hpp>
#include <mutex>
#include <vector>

namespace coppice::detail {

/// The open calls of one execution context.
///
/// An answer posts to the context under the lock, and the context ends under the lock before
/// anything of it is destroyed: so an answer finds it alive, or closed.
class open_calls {
public:
    void close() {
        std::vector<std::shared_ptr<open_call>>
            gone; // their handlers are the user's: outside the lock
        const std::lock_guard hold{lock};
        is_closed = true;
        while (first)
            gone.push_back(first->unlink());
    }

    std::mutex lock;
    reply_notifier* first = nullptr;
    bool is_closed = false;
};

namespace {

/// Is told by the execution context that it ends.
class open_calls_service final : public boost::asio::execution_context::service {
public:
    using key_type = open_calls_service;
    inline static boost::asio::execution_context::id id;

    explicit open_calls_service(boost::asio::execution_context& c) : service{c} {}
    const std::shared_ptr<open_calls>& all() const noexcept { return all_; }

private:
    void shutdown() override { all_->close(); }

    std::shared_ptr<open_calls> all_ = std::make_shared<open_calls>();
};

} // namespace

std::shared_ptr<reply_notifier> reply_notifier::of(boost::asio::execution_context& c) {
    return std::make_shared<reply_notifier>(boost::asio::use_service<open_calls_service>(c).all());
}

reply_notifier::reply_notifier(std::shared_ptr<open_calls> all) : all_{std::move(all)} {
    waiter::wake = [](waiter& w) { static_cast<reply_notifier&>(w).notify(); };
}

std::shared_ptr<open_call> reply_notifier::unlink() {
    if (!call_)
        return nullptr;
    (previous_ ? previous_->next_ : all_->first) = next_;
    if (next_)
        next_->previous_ = previous_;
    previous_ = next_ = nullptr;
    return std::move(call_);
}

bool reply_notifier::wait_for(request* r, std::shared_ptr<open_call> call) {
    {
        const std::lock_guard hold{all_->lock};
        if (all_->is_closed)
            return true; // nothing is posted there any more
        call_ = std::move(call);
        next_ = all_->first;
        if (next_)
            next_->previous_ = this;
        all_->first = this;
    }
    own_share_ = shared_from_this();
    if (enlist(r, *this))
        return true;
    own_share_.reset();
    unlink_alone();
    return false;
}

bool reply_notifier::forget(request* r) {
    if (!withdraw(r))
        return false;
    own_share_.reset();
    unlink_alone();
    return true;
}

void reply_notifier::unlink_alone() {
    std::shared_ptr<open_call> gone;
    const std::lock_guard hold{all_->lock};
    gone = unlink();
}

void reply_notifier::notify() {
    const auto mine = std::move(own_share_);
    const std::lock_guard hold{all_->lock};
    if (auto call = unlink()) {
        open_call& c = *call;
        c.post_answer(std::move(call));
    }
}

} // namespace coppice::detail
