// SPDX-License-Identifier: BSL-1.0
#include "in_simulation.hpp"
#include <boost/test/unit_test.hpp>
#include <coppice/names.hpp>

using namespace coppice;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(names_suite)

namespace {
pid sleeper() {
    return spawn([] { this_process::sleep(infinity); });
}
} // namespace

// PRC-048.
BOOST_AUTO_TEST_CASE(a_name_has_one_process_and_a_process_one_name) {
    in_simulation([] {
        const pid a = sleeper(), b = sleeper();
        BOOST_TEST(register_name("x", a).has_value());
        BOOST_TEST((register_name("x", b).error().code == errc::name_taken));
        BOOST_TEST((register_name("y", a).error().code == errc::already_named));
        BOOST_TEST((whereis("x") == a));
        BOOST_TEST(!whereis("y"));
        BOOST_TEST(registered_name(a) == "x");
        BOOST_TEST((registered_names() == std::vector<std::string>{"x"}));
        BOOST_TEST(unregister_name("x").has_value());
        BOOST_TEST((unregister_name("x").error().code == errc::not_found));
        BOOST_TEST(register_name("y", a).has_value());
    });
}

BOOST_AUTO_TEST_CASE(refusals_name_the_process_that_has_the_name) {
    in_simulation([] {
        const pid a = sleeper();
        register_name("db", a).value();
        const auto refused = register_name("db", sleeper());
        BOOST_TEST(refused.error().detail.find("\"db\" belongs to " + a.text()) !=
                   std::string::npos);
        BOOST_TEST((register_name("", a).error().code == errc::bad_name));
    });
}

// PRC-049: the name is free before any process can learn of the exit.
BOOST_AUTO_TEST_CASE(a_name_is_free_when_its_holders_end_is_known) {
    in_simulation([] {
        for (int i = 0; i < 20; ++i) {
            const pid p = sleeper();
            BOOST_TEST(register_name("reborn", p).has_value());
            const monitor_ref m = this_process::monitor(p);
            p.exit(exit_reason::kill);
            this_process::receive(when([&](const down& d) { return d.ref == m; }, [](down) {}));
            BOOST_TEST(!whereis("reborn"));
        }
    });
}

BOOST_AUTO_TEST_CASE(a_dead_process_gets_no_name) {
    in_simulation([] {
        const pid gone = spawn([] {});
        testing::probe{}.expect_end(gone);
        BOOST_TEST((register_name("late", gone).error().code == errc::noproc));
    });
}

BOOST_AUTO_TEST_SUITE_END()
