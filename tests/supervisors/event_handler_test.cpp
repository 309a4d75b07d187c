// SPDX-License-Identifier: BSL-1.0
// Event handlers as children: a supervisor brings back the one that crashed.
#include <boost/test/unit_test.hpp>
#include <coppice/child.hpp>
#include <coppice/gen_event.hpp>
#include <coppice/supervisor.hpp>
#include <coppice/testing.hpp>

using namespace coppice;
using namespace std::chrono_literals;

namespace {

struct placed {
    int order;
};
struct count {
    using reply = int;
};

using orders = gen_event<placed>;
inline constexpr server_name<orders> the_orders{"the_orders"};

class fragile {
public:
    explicit fragile(int start = 0) : n_{start} {}
    void handle_event(const placed& p) {
        if (p.order == 13)
            throw std::runtime_error{"unlucky"};
        if (p.order == 7)
            this_handler::remove();
        ++n_;
    }
    int handle_call(count) const { return n_; }

private:
    int n_;
};

class successor {
public:
    void handle_event(const placed& p) {
        if (p.order == 13)
            throw std::runtime_error{"unlucky"};
    }
};

using fragile_child = event_handler<orders, fragile>;

template <class F>
void under(restart_type restart, F body) {
    for (const std::uint64_t seed : testing::seeds(5)) {
        testing::simulation sim{seed};
        sim.run([&] {
            std::vector<child_spec> children{
                child<orders>(the_orders),
                child<fragile_child>("fragile", the_orders, 100).restart(restart)};
            const auto sup = start_link<supervisor>(supervisor_flags{.strategy = rest_for_one},
                                                    std::move(children));
            body(sup);
            sup.stop();
        });
    }
}

std::vector<handler_info> after_a_while() {
    this_process::sleep(1ms);
    return orders::which_handlers(the_orders);
}

} // namespace

BOOST_AUTO_TEST_SUITE(event_handler_suite)

BOOST_AUTO_TEST_CASE(a_handler_that_crashed_comes_back) {
    under(permanent, [](auto&) {
        BOOST_TEST(orders::call<fragile>(the_orders, count{}) == 100);
        orders::sync_notify(the_orders, placed{1});
        orders::notify(the_orders, placed{13});
        BOOST_TEST(after_a_while().size() == 1U);
        BOOST_TEST(orders::call<fragile>(the_orders, count{}) == 100);
    });
}

BOOST_AUTO_TEST_CASE(a_transient_one_that_removed_itself_stays_away) {
    under(transient, [](auto&) {
        orders::notify(the_orders, placed{7});
        BOOST_TEST(after_a_while().empty());
    });
}

BOOST_AUTO_TEST_CASE(a_permanent_one_that_was_deleted_comes_back) {
    under(permanent, [](auto&) {
        orders::delete_handler<fragile>(the_orders);
        BOOST_TEST(after_a_while().size() == 1U);
    });
}

BOOST_AUTO_TEST_CASE(it_comes_back_in_a_manager_that_was_restarted) {
    under(permanent, [](auto&) {
        the_orders.whereis().process().exit(exit_reason::kill);
        BOOST_TEST(after_a_while().size() == 1U);
    });
}

BOOST_AUTO_TEST_CASE(the_end_of_the_child_takes_the_handler_away) {
    under(permanent, [](auto& sup) {
        supervisor::terminate_child(sup, "fragile");
        BOOST_TEST(after_a_while().empty());
        supervisor::restart_child(sup, "fragile");
        BOOST_TEST(after_a_while().size() == 1U);
    });
}

BOOST_AUTO_TEST_CASE(it_supervises_the_handler_that_took_over) {
    under(permanent, [](auto&) {
        const pid child = orders::which_handlers(the_orders)[0].adder;
        orders::swap_handler<fragile, successor>(the_orders);
        auto all = after_a_while();
        BOOST_REQUIRE(all.size() == 1U);
        BOOST_TEST((all[0].adder == child));
        orders::notify(the_orders, placed{13});
        all = after_a_while();
        BOOST_REQUIRE(all.size() == 1U);
        BOOST_TEST(all[0].type.find("fragile") != std::string::npos);
    });
}

BOOST_AUTO_TEST_SUITE_END()
