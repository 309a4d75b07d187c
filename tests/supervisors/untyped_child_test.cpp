// SPDX-License-Identifier: BSL-1.0
#include "in_simulation.hpp"
#include <boost/test/unit_test.hpp>
#include <coppice/supervisor.hpp>
#include <coppice/untyped_server.hpp>

using namespace coppice;
using namespace std::chrono_literals;

namespace {

class tally : public untyped_server {
public:
    std::any handle(std::string_view, std::uint64_t, std::any) override { return ++n_; }

private:
    int n_ = 0;
};
inline constexpr server_name<tally> the_tally{"tally"};

} // namespace

BOOST_AUTO_TEST_SUITE(untyped_child_suite)

BOOST_AUTO_TEST_CASE(a_supervisor_restarts_it_as_any_server) {
    in_simulation([] {
        const auto tree = start_link<supervisor>(supervisor_flags{},
                                                 std::vector<child_spec>{child<tally>(the_tally)});
        const untyped_ref first = the_tally.whereis();
        BOOST_TEST(first.call<int>("inc") == 1);
        first.process().exit(exit_reason{"crash"});
        while (the_tally.whereis() == pid{} || the_tally.whereis() == first.process())
            this_process::sleep(1ms);
        const untyped_ref second = the_tally.whereis();
        BOOST_TEST(second.call<int>("inc") == 1);
        tree.stop();
    });
}

BOOST_AUTO_TEST_SUITE_END()
