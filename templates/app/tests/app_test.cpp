#define BOOST_TEST_MODULE my_app
#include "app.hpp"
#include <boost/test/unit_test.hpp>
#include <coppice/start_supervised.hpp>

namespace ct = coppice::testing;
using namespace coppice;
using namespace std::chrono_literals;

// A handler that says nothing to its process is a plain function.
BOOST_AUTO_TEST_CASE(a_counter_adds) {
    counter c{10};
    c.handle_cast({.by = 5});
    BOOST_TEST(c.handle_call(total{}) == 15);
}

// In virtual time a day costs nothing.
BOOST_AUTO_TEST_CASE(the_ticker_counts_each_hour) {
    ct::simulation{}.run([] {
        ct::test t;
        t.start_supervised(child<counter>(the_counter, 0));
        t.start_supervised(child<ticker>(the_ticker, 1h));
        this_process::sleep(24h + 1min);
        BOOST_TEST(the_counter.call(total{}) == 24);
    });
}

BOOST_AUTO_TEST_CASE(the_tree_heals_when_the_counter_crashes) {
    ct::simulation{}.run([] {
        ct::test t;
        const auto [flags, children] = app{}.start({.every = 1h});
        t.start_supervised(child<supervisor>("tree", flags, children));
        this_process::sleep(3h + 1min);
        BOOST_TEST(the_counter.call(total{}) == 3);

        the_counter.whereis().process().exit(exit_reason::kill);
        this_process::sleep(2h + 1min);
        BOOST_TEST(the_counter.call(total{}) == 2); // both are new: rest_for_one
    });
}
