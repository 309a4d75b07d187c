// SPDX-License-Identifier: BSL-1.0
// A server is a class: its state needs no lock, its messages are checked by the compiler.
#include <coppice.hpp>
#include <cstdio>

using namespace coppice;

struct add { // no reply: a cast
    int by;
};
struct total { // a reply: a call
    using reply = int;
};

class counter {
public:
    explicit counter(int start) : n_{start} {}
    void handle_cast(add a) { n_ += a.by; }
    int handle_call(total) const { return n_; }

private:
    int n_;
};

int main() {
    return application{}.run([] {
        const server_ref<counter> c = start<counter>(10);
        c.cast(add{5});
        std::printf("total %d\n", c.call(total{}));
        c.stop();
        const result<int> gone = c.try_call(total{});
        std::printf("after stop: %s\n", to_string(gone.error().code).data());
    });
}
