// SPDX-License-Identifier: BSL-1.0
// Tries: suspend inside catch blocks and inside destructors that run during unwinding, many
// processes on one thread and on two.
// Right: each process sees its own uncaught_exceptions() and current_exception(), whichever process
// ran meanwhile.
#include <coppice.hpp>
#include <cstdio>
using namespace coppice;
using namespace std::chrono_literals;
static std::atomic<int> bad{0};
struct waits_in_dtor {
    int id;
    ~waits_in_dtor() {
        if (std::uncaught_exceptions() != 1)
            ++bad;
        this_process::sleep(std::chrono::milliseconds(1 + id % 3));
        if (std::uncaught_exceptions() != 1)
            ++bad;
    }
};
struct q {
    int n;
    using reply = int;
};
struct srv {
    int handle_call(q m) {
        if (std::uncaught_exceptions() != 0 || std::current_exception())
            ++bad;
        try {
            throw m.n;
        } catch (int x) {
            this_process::sleep(1ms);
            if (!std::current_exception())
                ++bad;
            try {
                std::rethrow_exception(std::current_exception());
            } catch (int y) {
                if (x != y)
                    ++bad;
            }
            return x;
        }
    }
};
int main() {
    for (std::size_t threads : {1u, 2u}) {
        runtime::start({.threads = threads});
        runtime::run([] {
            auto s = start<srv>();
            for (int i = 0; i < 40; ++i)
                (void)spawn_monitor([i, s] {
                    for (int k = 0; k < 10; ++k) {
                        if (std::uncaught_exceptions() != 0 || std::current_exception())
                            ++bad;
                        try {
                            waits_in_dtor w{i};
                            throw i;
                        } catch (int x) {
                            if (std::uncaught_exceptions() != 0)
                                ++bad;
                            if (s.call(q{i}, infinity) != i)
                                ++bad;
                            this_process::yield();
                            try {
                                throw;
                            } catch (int y) {
                                if (y != i || x != i)
                                    ++bad;
                            }
                        }
                    }
                });
            for (int i = 0; i < 40; ++i)
                if (this_process::receive<down>().reason != exit_reason::normal)
                    ++bad;
        });
        runtime::stop();
    }
    std::printf("%s bad %d\n", bad ? "WRONG" : "ok   ", bad.load());
    return bad != 0;
}
