// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <boost/asio/execution_context.hpp>
#include <coppice/detail/request.hpp>
#include <memory>

// How the answer to a call of an Asio program finds its execution context, or that it is gone.
namespace coppice::detail {

/// A call of an Asio program that waits for its answer. It holds I/O objects, so it must not
/// outlive their execution context.
class open_call {
public:
    open_call(const open_call&) = delete;
    open_call& operator=(const open_call&) = delete;
    virtual ~open_call() = default;
    /// Posts the end of the call to its executor, with the share that is given. Any thread.
    virtual void post_answer(std::shared_ptr<open_call> self) = 0;

protected:
    open_call() = default;
};

class open_calls;

/// What is woken by the reply. It outlives the execution context when the server replies late, and
/// then does nothing.
class reply_notifier final : public waiter, public std::enable_shared_from_this<reply_notifier> {
public:
    /// Errors: none of its own. Context: while `c` is alive.
    static std::shared_ptr<reply_notifier> of(boost::asio::execution_context& c);

    explicit reply_notifier(std::shared_ptr<open_calls> all);
    reply_notifier(const reply_notifier&) = delete;
    reply_notifier& operator=(const reply_notifier&) = delete;
    ~reply_notifier() = default;

    /// Keeps `call` until the answer is there, and posts it then. False: it is there already.
    bool wait_for(request* r, std::shared_ptr<open_call> call);
    /// Takes that back. False: the answer is there or about to be.
    bool forget(request* r);

private:
    friend class open_calls;
    void notify();
    std::shared_ptr<open_call> unlink(); // under the lock of all
    void unlink_alone();

    std::shared_ptr<open_calls> all_;
    std::shared_ptr<reply_notifier> own_share_; // our own share, while a request knows us
    std::shared_ptr<open_call> call_;           // from here on under the lock of all
    reply_notifier* previous_ = nullptr;
    reply_notifier* next_ = nullptr;
};

} // namespace coppice::detail
