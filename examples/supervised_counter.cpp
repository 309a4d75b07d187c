// SPDX-License-Identifier: BSL-1.0
// A counter under a supervisor. It crashes, its caller is told why, and it is restarted under the
// same name with a new state.
#include <coppice.hpp>
#include <iostream>

using namespace coppice;
using namespace std::chrono_literals;

// --- the interface for clients ---

struct add {
    int by;
};
struct total {
    using reply = int;
};

/// Counts what is added. Adding nothing is a bug of the client, and crashes the counter.
class counter {
public:
    // --- runs in the counter's own process ---

    explicit counter(int start) : n_{start} {}

    void handle_cast(add a) {
        if (a.by == 0)
            throw std::invalid_argument{"there is nothing to add"};
        n_ += a.by;
    }
    int handle_call(total) const { return n_; }

private:
    int n_;
};

inline constexpr server_name<counter> the_counter{"counter"};

namespace {

/// Returns when another process than `old` has the name.
void await_successor(pid old) {
    while (!the_counter.whereis().process() || the_counter.whereis().process() == old)
        this_process::sleep(1ms);
}

} // namespace

int main() {
    return application{{.strategy = one_for_one, .intensity = 3, .period = 5s},
                       {child<counter>(the_counter, 10)}}
        .run([] {
            the_counter.cast(add{5});
            std::cout << "total: " << the_counter.call(total{}) << '\n';

            const pid first = the_counter.whereis().process();
            const monitor_ref watch = this_process::monitor(first);
            the_counter.cast(add{0});
            const auto end = this_process::receive<down>();
            std::cout << "the counter ended: " << end.reason.text() << '\n';
            std::cout << "by the monitor we set: " << std::boolalpha << (end.ref == watch) << '\n';

            await_successor(first);
            std::cout << "total: " << the_counter.call(total{}) << '\n';
        });
}
