// SPDX-License-Identifier: BSL-1.0
// Bounded mailboxes: a sender that waits, one that is refused, and measurements of which only the
// newest count.
#include <coppice.hpp>
#include <cstdio>

using namespace coppice;
using namespace std::chrono_literals;

struct job {
    int number;
};
struct last_job {
    using reply = int;
};

class worker {
public:
    static constexpr mailbox_limit default_mailbox{.messages = 10,
                                                   .policy = overflow_policy::reject};
    void handle_cast(job j) { last_ = j.number; }
    int handle_call(last_job) const { return last_; }

private:
    int last_ = 0;
};

/// How many of a hundred jobs a worker takes that does not run meanwhile.
int taken(const server_ref<worker>& w) {
    sys::suspend(w);
    int n = 0;
    for (int i = 1; i <= 100; ++i)
        n += w.try_cast(job{i}, 1ms).has_value();
    sys::resume(w);
    return n;
}

int main() {
    log::set_level(severity::off); // each loss is reported
    return application{}.run([] {
        const auto refuses = start<worker>(); // its class says so
        std::printf("reject: %d taken\n", taken(refuses));

        const auto blocks = start<worker>( // this start says otherwise
            {.mailbox = {.messages = 10, .policy = overflow_policy::block}});
        std::printf("block: %d taken, the others' time was up\n", taken(blocks));
        for (int i = 1; i <= 1000; ++i)
            blocks.cast(job{i}); // waits for room: the source goes at the worker's speed
        std::printf("block: the last is %d\n", blocks.call(last_job{}));

        const auto samples =
            start<worker>({.mailbox = {.messages = 10, .policy = overflow_policy::drop_oldest}});
        std::printf("drop_oldest: %d taken\n", taken(samples));
        std::printf("dropped: %d\n", static_cast<int>(process_info(samples)->dropped));
        std::printf("drop_oldest: the last is %d\n", samples.call(last_job{}));
    });
}
