// SPDX-License-Identifier: BSL-1.0
// What a crash takes with it: the stack is unwound, the server's object is destroyed, its mailbox
// is gone. What another process owns is kept. Behind noexcept nothing is unwound.
#include <coppice.hpp>
#include <cstdio>
#include <stdexcept>

using namespace coppice;
using namespace std::chrono_literals;

struct guard { // any RAII object: a lock, a file, a transaction
    const char* of;
    ~guard() { std::printf("  ~guard: %s\n", of); }
};

struct remember {
    int n;
};
struct sum {
    using reply = int;
};
class memory { // does nothing that can fail, so that its state outlives the worker
public:
    void handle_cast(remember r) { n_ += r.n; }
    int handle_call(sum) const { return n_; }

private:
    int n_ = 0;
};
inline constexpr server_name<memory> the_memory{"memory"};

struct work {
    int n;
    using reply = int;
};
struct work_noexcept {
    using reply = void;
};

namespace {
void fail() { throw std::runtime_error{"not let out"}; }
void close_all() noexcept { fail(); } // as a destructor is, where nothing else is said
} // namespace

class worker {
public:
    int handle_call(work w) {
        const guard local{"on the stack"};
        if (w.n == 0)
            throw std::invalid_argument{"zero"};
        the_memory.cast(remember{w.n});
        done_ += 1;
        return done_;
    }
    void handle_call(work_noexcept) {
        const guard local{"behind noexcept"};
        close_all();
    }

private:
    guard member_{"of the server"};
    int done_ = 0;
};
inline constexpr server_name<worker> the_worker{"worker"};

namespace {
template <class M>
void crash(M m) {
    const auto watch = this_process::monitor(the_worker.whereis().process());
    const auto answer = the_worker.try_call(m);
    this_process::receive(
        when([&](const down& d) { return d.ref == watch; },
             [](const down& d) { std::printf("  ended: %s\n", d.reason.text().c_str()); }));
    std::printf("  the caller gets %s\n", std::string{to_string(answer.error().code)}.c_str());
    while (!the_worker.whereis().process())
        this_process::sleep(1ms); // until its supervisor has started it again
}
} // namespace

int main() {
    log::configure({.level = severity::off});
    return application{{.strategy = one_for_one, .intensity = 5},
                       {child<memory>(the_memory), child<worker>(the_worker)}}
        .run([] {
            std::printf("done: %d\n", the_worker.call(work{7}));
            std::puts("an exception:");
            crash(work{0});
            std::printf("done: %d\n", the_worker.call(work{8}));
            std::puts("an exception in noexcept:");
            crash(work_noexcept{});
            std::printf("stacks left behind: %zu\n", runtime::abandoned_stacks());
            std::printf("the memory has %d\n", the_memory.call(sum{}));
        });
}
