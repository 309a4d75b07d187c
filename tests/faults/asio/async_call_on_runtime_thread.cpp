// SPDX-License-Identifier: BSL-1.0
// async_call whose completion executor is this_process::io_executor() (a handler of Asio on a
// runtime thread asks a server without waiting).
// Right: the handler is called with 42; wrong: never, the library's own try_get is refused with "is
// no process".
#include "case.hpp"
struct ask {
    using reply = int;
};
struct s {
    int handle_call(ask) { return 42; }
};
int main() {
    watchdog(10);
    log::set_level(severity::off);
    runtime::start({.threads = 1});
    std::atomic<int> got{-1};
    std::string notice;
    auto sub = log::subscribe(severity::debug, [&](const log::record& r) {
        if (auto* n = r.get_if<runtime_notice>())
            notice = n->text;
    });
    runtime::run([&] {
        auto r = start<s>();
        auto ex = this_process::io_executor();
        boost::asio::post(ex, [&, r, ex] {
            async_call(
                r, ask{}, 1s,
                boost::asio::bind_executor(ex, [&](boost::system::error_code, int n) { got = n; }));
        });
        this_process::sleep(2s);
    });
    runtime::stop();
    std::printf("got %d %s\n", got.load(), notice.c_str());
    return verdict(got == 42, "async_call on a thread of the runtime");
}
