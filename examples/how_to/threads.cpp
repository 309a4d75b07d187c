// SPDX-License-Identifier: BSL-1.0
// Plain threads and processes: threads call servers, and a process asks a thread.
#include <coppice.hpp>
#include <cstdio>
#include <future>
#include <thread>

using namespace coppice;
using namespace std::chrono_literals;

struct add {
    int by;
};
struct total {
    using reply = int;
};

class counter {
public:
    void handle_cast(add a) { n_ += a.by; }
    int handle_call(total) const { return n_; }

private:
    int n_ = 0;
};
inline constexpr server_name<counter> the_counter{"counter"};

void work_of_a_thread() {
    for (int i = 0; i < 1000; ++i)
        the_counter.cast(add{1});                               // from any thread
    const result<int> seen = the_counter.try_call(total{}, 1s); // blocks this thread
    if (!seen)
        std::printf("no answer: %s\n", to_string(seen.error().code).data());
}

int main() {
    runtime::start();
    const auto tree =
        start<supervisor>(supervisor_flags{}, std::vector<child_spec>{child<counter>(the_counter)});
    { std::jthread a{work_of_a_thread}, b{work_of_a_thread}; }
    std::printf("total %d\n", the_counter.call(total{}));

    runtime::run([] { // a process that waits for what a thread promises
        std::promise<int> promise;
        std::jthread t{[&] { promise.set_value(the_counter.call(total{}) + 1); }};
        auto future = promise.get_future();
        std::printf("the thread says %d\n", blocking([&] { return future.get(); }));
    });
    tree.stop();
    return runtime::stop().empty() ? 0 : 1;
}
