// SPDX-License-Identifier: BSL-1.0
// async_call is cancelled through its slot before its strand has run once.
// Right: completes with operation_aborted; wrong: the cancellation is lost, it waits for the limit
// (here 1 s: timeout).
#include "case.hpp"
struct ask {
    using reply = int;
};
struct s {
    void handle_call(ask, from<int> f) { k.push_back(std::move(f)); }
    std::vector<from<int>> k;
};
int main() {
    watchdog(20);
    runtime::start({.threads = 1});
    boost::system::error_code got;
    {
        auto r = start<s>();
        boost::asio::io_context io;
        boost::asio::cancellation_signal sig;
        async_call(r, ask{}, 1s,
                   boost::asio::bind_cancellation_slot(
                       sig.slot(), boost::asio::bind_executor(
                                       io, [&](boost::system::error_code ec, int) { got = ec; })));
        sig.emit(boost::asio::cancellation_type::all);
        io.run();
    }
    runtime::stop();
    std::printf("%s\n", got.message().c_str());
    return verdict(got == boost::asio::error::operation_aborted, "async_call cancelled at once");
}
