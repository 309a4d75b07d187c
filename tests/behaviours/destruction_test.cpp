// SPDX-License-Identifier: BSL-1.0
// What a server's destructor may do after each kind of exit, and what a failure leaves behind.
#include "in_simulation.hpp"
#include <boost/test/unit_test.hpp>
#include <coppice/gen_server.hpp>
#include <coppice/runtime.hpp>
#include <stdexcept>

using namespace coppice;
using namespace std::chrono_literals;

namespace {

struct entry {
    int n;
};
struct entries {
    using reply = int;
};

class entry_counter {
public:
    void handle_cast(entry) { ++entries_; }
    int handle_call(entries) const { return entries_; }

private:
    int entries_ = 0;
};

/// Its destructor casts, waits and calls.
class talker {
public:
    talker(server_ref<entry_counter> d, int* seen) : counter_{d}, seen_{seen} {}
    ~talker() {
        for (int n = 0; n < 1000; ++n)
            counter_.cast(entry{n});
        this_process::sleep(1ms);
        *seen_ = counter_.call(entries{});
    }
    talker(const talker&) = delete;
    talker& operator=(const talker&) = delete;
    void handle_cast(entry) {}

private:
    server_ref<entry_counter> counter_;
    int* seen_;
};

class picky {
public:
    static constexpr bool keep_state_on_error = true;
    void handle_cast(entry) {
        this_process::self().send(entry{1});
        this_process::receive(
            when([](const entry&) -> bool { throw std::runtime_error{"no"}; }, [](entry) {}));
    }
    int handle_call(entries) const { return 7; }
    void handle_info(message) {}
};

inline constexpr server_name<entry_counter> the_counter{"destruction counter"};

} // namespace

BOOST_AUTO_TEST_SUITE(destruction_suite)

BOOST_AUTO_TEST_CASE(the_destructor_of_a_killed_server_may_wait) {
    in_simulation([] {
        const auto d = start<entry_counter>();
        for (const auto& why : {exit_reason::kill, exit_reason::shutdown}) {
            int seen = 0;
            const auto t = start<talker>(d, &seen);
            const auto watch = this_process::monitor(t.process());
            this_process::sleep(1ms); // the server is idle
            t.process().exit(why);
            this_process::receive(when([&](const down& e) { return e.ref == watch; }, [](down) {}));
            BOOST_TEST(seen >= 1000);
        }
    });
}

BOOST_AUTO_TEST_CASE(a_taken_name_is_refused_to_a_plain_thread_too) {
    runtime::start({.threads = 1});
    const auto first = start<entry_counter>({.name = the_counter});
    for (int i = 0; i < 3; ++i) {
        const auto second = try_start<entry_counter>({.name = the_counter});
        BOOST_TEST((second.error().code == errc::already_started));
    }
    BOOST_TEST(first.call(entries{}) == 0);
    BOOST_TEST(runtime::stop().empty());
}

BOOST_AUTO_TEST_CASE(a_server_goes_on_after_a_condition_that_threw) {
    in_simulation([] {
        const auto p = start<picky>();
        p.cast(entry{1});
        BOOST_TEST(p.call(entries{}) == 7);
        BOOST_TEST(p.call(entries{}) == 7);
    });
}

BOOST_AUTO_TEST_SUITE_END()
