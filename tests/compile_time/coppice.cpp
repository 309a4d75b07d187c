// SPDX-License-Identifier: BSL-1.0
// A user's file: one server of four messages, and all of Coppice. caf.cpp is the same server there.
#include <coppice.hpp>

using namespace coppice;

struct add {
    int by;
};
struct subtract {
    int by;
};
struct reset {};
struct total {
    using reply = int;
};

class counter {
public:
    explicit counter(int start) : n_{start} {}
    void handle_cast(add a) { n_ += a.by; }
    void handle_cast(subtract s) { n_ -= s.by; }
    void handle_cast(reset) { n_ = 0; }
    int handle_call(total) const { return n_; }

private:
    int n_;
};

int main() {
    int answer = 0;
    runtime::run([&] {
        const auto c = start<counter>(1);
        c.cast(reset{});
        c.cast(add{5});
        c.cast(subtract{2});
        answer = c.call(total{});
    });
    return answer == 3 ? 0 : 1;
}
