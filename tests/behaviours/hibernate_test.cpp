// SPDX-License-Identifier: BSL-1.0
#include "in_simulation.hpp"
#include <boost/test/unit_test.hpp>
#include <coppice/gen_server.hpp>
#include <coppice/process_info.hpp>
#include <malloc.h>
#include <vector>

using namespace coppice;
using namespace std::chrono_literals;

namespace {

struct tie {
    const std::vector<pid>* to;
    bool link;
};
struct rest {};
struct tied {
    using reply = std::size_t;
};

/// Links itself with others and monitors them, and outlives them.
class sociable {
public:
    void handle_cast(const tie& t) {
        for (const pid p : *t.to) {
            if (t.link)
                this_process::link(p);
            std::ignore = this_process::monitor(p);
        }
    }
    void handle_cast(rest) { this_process::hibernate(); }
    std::size_t handle_call(tied) {
        const process_snapshot i = this_process::info();
        return i.links.size() + i.monitors.size();
    }
    void handle_info(down) {}
};

std::vector<pid> spawn_many(int n) {
    std::vector<pid> all;
    for (int i = 0; i < n; ++i)
        all.push_back(spawn([] { this_process::sleep(1min); }));
    return all;
}

} // namespace

BOOST_AUTO_TEST_SUITE(hibernate_suite)

BOOST_AUTO_TEST_CASE(a_server_that_hibernates_gives_the_room_of_its_links_back) {
    in_simulation([] {
        const std::vector<pid> many = spawn_many(200), few = spawn_many(3);
        const auto s = start<sociable>();
        s.cast(tie{&many, true});
        this_process::sleep(1h); // they have ended
        const std::vector<pid> later = spawn_many(3);
        s.cast(tie{&later, true});
        BOOST_TEST(s.call(tied{}) == 6U);
        const std::size_t before = mallinfo2().uordblks;
        s.cast(rest{});
        BOOST_TEST(s.call(tied{}) == 6U);
        const std::size_t after = mallinfo2().uordblks;
        BOOST_TEST_MESSAGE("bytes: " << before - after);
        if (before != 0) // under a sanitizer or valgrind malloc counts nothing
            BOOST_TEST(before - after > 5'000U);
        this_process::sleep(1h);
        BOOST_TEST(s.call(tied{}) == 0U);
        s.cast(rest{});
        s.cast(tie{&few, false});
        this_process::sleep(1ms);
        BOOST_TEST(s.call(tied{}) == 0U);
        s.stop();
    });
}

BOOST_AUTO_TEST_SUITE_END()
