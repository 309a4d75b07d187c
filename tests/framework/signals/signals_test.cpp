// SPDX-License-Identifier: BSL-1.0
#include "in_simulation.hpp"
#include <boost/test/unit_test.hpp>
#include <coppice/names.hpp>
#include <coppice/process.hpp>
#include <coppice/receive.hpp>
#include <coppice/this_process.hpp>
#include <string>

using namespace coppice;
using namespace std::chrono_literals;

namespace {

void forever() { this_process::sleep(infinity); }

} // namespace

BOOST_AUTO_TEST_SUITE(signals_suite)

// PRC-014.
BOOST_AUTO_TEST_CASE(of_two_exit_signals_the_first_decides_the_reason) {
    in_simulation([] {
        const auto s = spawn_monitor(forever);
        s.process.exit(exit_reason{"first"});
        s.process.exit(exit_reason{"second"});
        s.process.exit(exit_reason::kill);
        BOOST_TEST((this_process::receive<down>().reason == exit_reason{"first"}));
        BOOST_TEST(!this_process::receive<down>(1s));
    });
}

// PRC-028.
BOOST_AUTO_TEST_CASE(a_ring_of_links_dies_as_a_whole_and_once) {
    in_simulation([] {
        constexpr int many = 4;
        pid ring[many];
        for (pid& p : ring)
            p = spawn([&] {
                this_process::sleep(1ms); // now all have their places
                for (int i = 0; i < many; ++i)
                    if (ring[i] == this_process::self())
                        this_process::link(ring[(i + 1) % many]);
                forever();
            });
        this_process::sleep(2ms);
        for (const pid p : ring)
            std::ignore = this_process::monitor(p);
        ring[2].exit(exit_reason{"why"});
        for (int i = 0; i < many; ++i)
            BOOST_TEST((this_process::receive<down>().reason == exit_reason{"why"}));
        BOOST_TEST(!this_process::receive<down>(1s));
    });
}

// PRC-032.
BOOST_AUTO_TEST_CASE(a_monitor_by_name_tells_of_the_process_that_had_it) {
    in_simulation([] {
        const monitor_ref none = this_process::monitor("unknown");
        const down at_once = this_process::receive<down>();
        BOOST_TEST((at_once.ref == none && at_once.reason == exit_reason::noproc));
        const pid p = spawn(forever);
        register_name("watched", p).value();
        const monitor_ref watch = this_process::monitor("watched");
        p.exit(exit_reason{"why"});
        const down d = this_process::receive<down>();
        BOOST_TEST((d.ref == watch && d.process == p));
        BOOST_TEST((d.reason == exit_reason{"why"}));
    });
}

// PRC-035, PRC-036.
BOOST_AUTO_TEST_CASE(a_down_that_has_come_stays_unless_it_is_flushed) {
    in_simulation([] {
        for (const auto how : {this_process::flush::no, this_process::flush::yes}) {
            const auto s = spawn_monitor([] {});
            this_process::sleep(1ms); // now the down is here
            BOOST_TEST(!this_process::demonitor(s.monitor, how));
            BOOST_TEST(this_process::receive<down>(0s).has_value() ==
                       (how == this_process::flush::no));
        }
    });
}

// PRC-040.
BOOST_AUTO_TEST_CASE(a_process_may_kill_the_one_that_monitors_it) {
    in_simulation([] {
        pid watched;
        const auto watcher = spawn_monitor([&] {
            std::ignore = this_process::monitor(watched);
            forever();
        });
        watched = spawn([target = watcher.process] {
            this_process::sleep(1ms); // now it is monitored
            target.exit(exit_reason::kill);
        });
        const monitor_ref other = this_process::monitor(watched);
        int killed = 0, ended = 0;
        for (int i = 0; i < 2; ++i) {
            const down d = this_process::receive<down>();
            killed += d.ref == watcher.monitor && d.reason == exit_reason::killed;
            ended += d.ref == other && d.reason == exit_reason::normal;
        }
        BOOST_TEST(killed == 1);
        BOOST_TEST(ended == 1);
    });
}

// PRC-052.
BOOST_AUTO_TEST_CASE(a_large_reason_arrives_whole) {
    in_simulation([] {
        const std::string large(1'000'000, 'x');
        exit_reason nested{large};
        for (int i = 0; i < 100; ++i)
            nested = exit_reason::tagged("level", nested);
        nested = exit_reason::tagged("shutdown", nested); // orderly: no report of a megabyte
        spawn_monitor([&] { this_process::exit(nested); });
        const down d = this_process::receive<down>();
        BOOST_TEST((d.reason == nested));
        BOOST_TEST(d.reason.text().size() > large.size());
    });
}

// PRC-053.
BOOST_AUTO_TEST_CASE(each_of_many_links_and_monitors_is_told_once) {
    in_simulation([] {
        constexpr int many = 1000;
        int exits = 0, downs = 0, more = 0;
        const pid center = spawn(forever);
        for (int i = 0; i < many; ++i)
            spawn([&] {
                this_process::trap_exit(true);
                this_process::link(center);
                std::ignore = this_process::monitor(center);
                exits += this_process::receive<exit_signal>().reason == exit_reason::killed;
                downs += this_process::receive<down>().reason == exit_reason::killed;
                more += this_process::receive([](message) { return true; },
                                              after(1h, [] { return false; }));
            });
        this_process::sleep(1ms); // now all have linked themselves
        center.exit(exit_reason::kill);
        this_process::sleep(2h);
        BOOST_TEST(exits == many);
        BOOST_TEST(downs == many);
        BOOST_TEST(more == 0);
    });
}

BOOST_AUTO_TEST_SUITE_END()
