// SPDX-License-Identifier: BSL-1.0
// async_call on an io_context that is destroyed before the server answers (the usual end of an Asio
// program).
// Right: the answer is dropped (Asio: pending handlers are destroyed with their context); wrong:
// the answer is posted to the dead context (see it with ASan or valgrind; crashes at times).
#include "case.hpp"
struct ask {
    using reply = int;
};
struct s {
    int handle_call(ask) {
        this_process::sleep(300ms);
        return 1;
    }
};
int main() {
    watchdog(20);
    const bool ok = in_child([] {
        runtime::start({.threads = 1});
        auto r = start<s>();
        {
            auto io = std::make_unique<boost::asio::io_context>();
            async_call(r, ask{}, infinity,
                       boost::asio::bind_executor(*io, [](boost::system::error_code, int) {}));
            io->run_for(50ms);
            void* was = io.get();
            io.reset();
            (void)was;
        }
        std::this_thread::sleep_for(1s);
        runtime::stop();
    });
    return verdict(ok, "async_call whose context is gone");
}
