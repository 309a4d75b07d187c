// SPDX-License-Identifier: BSL-1.0
// A user's program: one server, and a tree that restarts it.
#include <coppice.hpp>
#include <cstdio>
#include <stdexcept>

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

int main() {
    log::set_level(severity::off); // the crash below is intended
    return application{{.strategy = one_for_one, .intensity = 3, .period = 5s},
                       {child<counter>(the_counter, 10)}}
        .run([] {
            the_counter.cast(add{5});
            const int before = the_counter.call(total{});
            const pid first = the_counter.whereis().process();
            (void)this_process::monitor(first);
            the_counter.cast(add{0});
            if (!this_process::receive<down>(10s))
                return 2; // the library's own message was not recognised
            while (!the_counter.whereis().process())
                this_process::sleep(1ms);
            const int after = the_counter.call(total{});
            std::printf("%d before the crash, %d after it\n", before, after);
            return before == 15 && after == 10 ? 0 : 1;
        });
}
