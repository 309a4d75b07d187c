// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <boost/asio/execution_context.hpp>
#include <coppice/detail/request.hpp>
#include <memory>

// How the answer to a call of an Asio program finds its execution context, or that it is gone.
namespace coppice::detail {

/// A call of an Asio program that waits for its answer. It holds I/O objects, so it must not outlive
/// their execution context.
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

/// What the answer rings. It outlives the execution context when the server answers late, and then does
/// nothing.
class call_bell final : public waiter, public std::enable_shared_from_this<call_bell> {
public:
    /// Errors: none of its own. Context: while `c` is alive.
    static std::shared_ptr<call_bell> of(boost::asio::execution_context& c);

    explicit call_bell(std::shared_ptr<open_calls> all);
    call_bell(const call_bell&) = delete;
    call_bell& operator=(const call_bell&) = delete;
    ~call_bell() = default;

    /// Keeps `call` until the answer is there, and posts it then. False: it is there already.
    bool hang_on(request* r, std::shared_ptr<open_call> call);
    /// Takes that back. False: the answer is there or about to be.
    bool take_off(request* r);

private:
    friend class open_calls;
    void ring();
    std::shared_ptr<open_call> unlink(); // under the lock of all
    void unlink_alone();

    std::shared_ptr<open_calls> all_;
    std::shared_ptr<call_bell> rung_by_; // our own share, while a request knows us
    std::shared_ptr<open_call> call_;    // from here on under the lock of all
    call_bell* previous_ = nullptr;
    call_bell* next_ = nullptr;
};

} // namespace coppice::detail
