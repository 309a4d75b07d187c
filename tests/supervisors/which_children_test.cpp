// SPDX-License-Identifier: BSL-1.0
#include "tree_fixture.hpp"

using namespace tree_fixture;

namespace {

class other {};

failure why(const auto& r) {
    BOOST_REQUIRE(!r);
    return r.error();
}

server_ref<supervisor> start_tree(std::vector<child_spec> children) {
    return start_link<supervisor>(supervisor_flags{}, std::move(children));
}

} // namespace

BOOST_AUTO_TEST_SUITE(which_children_suite)

BOOST_AUTO_TEST_CASE(a_child_is_taken_by_its_class) {
    play([] {
        const auto top = start_tree({a_worker("w"), child<dynamic_supervisor>("d")});
        const child_info w = supervisor::which_child(top, "w");
        BOOST_TEST(w.is<worker>());
        BOOST_TEST((w.type == child_type::worker));
        const server_ref<worker> ref = w.as<worker>();
        BOOST_TEST((ref.process() == w.process));
        const child_info d = supervisor::which_child(top, "d");
        BOOST_TEST((d.type == child_type::supervisor));
        BOOST_TEST(dynamic_supervisor::count_children(d.as<dynamic_supervisor>()).specs == 0U);
    });
}

BOOST_AUTO_TEST_CASE(a_start_function_made_by_hand_says_the_class_too) {
    play([] {
        const auto top =
            start_tree({child_spec{.id = "w", .start = [] { return start_link<worker>("w"); }}});
        BOOST_TEST(supervisor::which_child(top, "w").is<worker>());
    });
}

BOOST_AUTO_TEST_CASE(another_class_is_an_error_that_names_both) {
    play([] {
        const auto top = start_tree({a_worker("w"), scripted("f", {start::ok})});
        const child_info w = supervisor::which_child(top, "w");
        BOOST_TEST(!w.is<other>());
        const failure f = why(w.try_as<other>());
        BOOST_TEST((f.code == errc::bad_name_type));
        BOOST_TEST(f.detail.find("the child `w` is a ") == 0U);
        BOOST_TEST(f.detail.find("worker, not a ") != std::string::npos);
        BOOST_CHECK_THROW(w.as<other>(), call_error);
        BOOST_TEST(why(supervisor::which_child(top, "f").try_as<worker>())
                       .detail.find("is a function process") != std::string::npos);
    });
}

BOOST_AUTO_TEST_CASE(a_child_that_does_not_run_is_noproc) {
    play([] {
        const auto top = start_tree({a_worker("w")});
        const child_info before = supervisor::which_child(top, "w");
        supervisor::terminate_child(top, "w");
        const failure f = why(supervisor::which_child(top, "w").try_as<worker>());
        BOOST_TEST((f.code == errc::noproc));
        BOOST_TEST(f.detail == "the child `w` does not run: it is stopped");
        BOOST_TEST(!before.is<worker>());
        BOOST_TEST((why(before.try_as<worker>()).code == errc::noproc));
    });
}

BOOST_AUTO_TEST_CASE(which_child_knows_ids_only) {
    play([] {
        const auto top = start_tree({a_worker("w")});
        BOOST_TEST((why(supervisor::try_which_child(top, "x")).code == errc::not_found));
        const auto dynamic = start_link<dynamic_supervisor>();
        BOOST_TEST((why(supervisor::try_which_child(dynamic, "x")).code == errc::bad_spec));
    });
}

BOOST_AUTO_TEST_SUITE_END()
