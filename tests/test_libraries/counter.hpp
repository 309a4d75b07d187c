// SPDX-License-Identifier: BSL-1.0
#pragma once
// The server that each test library tests.
#include <coppice.hpp>
#include <coppice/explore.hpp>

struct add {
    int by;
};
struct total {
    using reply = int;
};
struct watch {
    coppice::pid who;
};
struct changed {
    int to;
};

class counter {
public:
    explicit counter(int n) : n_{n} {}
    void handle_cast(add a) {
        n_ += a.by;
        if (watcher_)
            watcher_.send(changed{n_});
    }
    void handle_cast(watch w) { watcher_ = w.who; }
    int handle_call(total) const { return n_; }

private:
    int n_;
    coppice::pid watcher_;
};

inline constexpr coppice::server_name<counter> the_counter{"counter"};

/// What the three tests explore: the watcher is told of each change, in order.
inline void tells_its_watcher(coppice::testing::test& t) {
    t.start_supervised(coppice::child<counter>(the_counter, 10));
    the_counter.cast(watch{coppice::this_process::self()});
    the_counter.cast(add{1});
    the_counter.cast(add{2});
    t.check_equal(t.assert_receive<changed>().to, 11);
    t.assert_receive([](const changed& c) { return c.to == 13; });
    t.refute_receive<changed>();
    t.check_equal(the_counter.call(total{}), 13);
}

/// A wrong one: the restarted counter begins again.
inline void keeps_its_total(coppice::testing::test& t) {
    t.start_supervised(coppice::child<counter>(the_counter, 10));
    the_counter.cast(add{1});
    coppice::this_process::sleep(std::chrono::milliseconds{1});
    coppice::whereis("counter").exit(coppice::exit_reason::kill);
    coppice::this_process::sleep(std::chrono::milliseconds{1});
    t.check_equal(the_counter.call(total{}), 11);
}
