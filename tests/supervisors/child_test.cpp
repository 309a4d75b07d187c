// SPDX-License-Identifier: BSL-1.0
// The arguments that a child spec keeps, and those that each start gets.
#include "tree_fixture.hpp"

using namespace tree_fixture;

namespace {

struct take {
    using reply = std::string;
};

/// Moves from its argument: a restart must get an unchanged copy.
class taker {
public:
    explicit taker(std::string text) : text_{std::move(text)} {}
    std::string handle_call(take) { return std::exchange(text_, {}); }
    void handle_cast(end_with e) { this_process::exit(e.why); }

private:
    std::string text_;
};

/// Can neither be copied nor moved.
class anchored {
public:
    explicit anchored(std::unique_ptr<int> n) : n_{std::move(n)} {}
    anchored(const anchored&) = delete;
    anchored& operator=(const anchored&) = delete;
    std::string handle_call(take) { return std::to_string(*n_); }

private:
    std::unique_ptr<int> n_;
};

inline constexpr server_name<taker> the_taker{"taker"};
inline constexpr server_name<protocol<take>> any_taker{"any_taker"};
inline registry<std::string, taker> takers{"takers"};

server_ref<supervisor> start_tree(std::vector<child_spec> children) {
    return start_link<supervisor>(supervisor_flags{.intensity = 10}, std::move(children));
}

} // namespace

BOOST_AUTO_TEST_SUITE(child_suite)

BOOST_AUTO_TEST_CASE(each_start_gets_fresh_copies_of_the_arguments) {
    play([] {
        auto s = start_tree({child<taker>("t", std::string{"whole"})});
        for (int i = 0; i < 3; ++i) {
            server_ref<taker> t{pid_of(s, "t")};
            BOOST_TEST(t.call(take{}) == "whole");
            t.cast(end_with{boom});
            settle();
        }
    });
}

BOOST_AUTO_TEST_CASE(a_spec_can_be_used_for_many_children) {
    play([] {
        const auto spec = child<taker>("t", std::string{"x"});
        auto s = start_tree({spec});
        auto t = start_tree({spec});
        BOOST_TEST((pid_of(s, "t") != pid_of(t, "t")));
    });
}

// SUP-084
BOOST_AUTO_TEST_CASE(a_name_is_id_and_registration_and_finds_the_new_process_after_a_restart) {
    play([] {
        auto s = start_tree({child<taker>(the_taker, std::string{"x"})});
        const pid first = the_taker.whereis().process();
        BOOST_TEST((pid_of(s, "taker") == first));
        the_taker.cast(end_with{boom});
        settle();
        BOOST_TEST((the_taker.whereis().process() != first));
        BOOST_TEST(the_taker.call(take{}) == "x");
    });
}

// SUP-062, DYN-002
BOOST_AUTO_TEST_CASE(a_name_taken_elsewhere_is_an_ordinary_failure_to_start) {
    play([] {
        [[maybe_unused]] auto s = start_tree({child<taker>(the_taker, std::string{"x"})});
        auto t = start_tree({});
        const auto second = supervisor::try_start_child(t, child<taker>(the_taker, std::string{}));
        BOOST_REQUIRE(!second.has_value());
        BOOST_TEST((second.error().code == errc::already_started));
        BOOST_TEST(listed(t).empty());
    });
}

BOOST_AUTO_TEST_CASE(a_protocol_name_and_a_registrys_entry_will_do_as_well) {
    play([] {
        [[maybe_unused]] auto s = start_tree({child<taker>(any_taker, std::string{"p"}),
                                              child<taker>(takers("one"), std::string{"r"})});
        BOOST_TEST(any_taker.call(take{}) == "p");
        BOOST_TEST(takers("one").call(take{}) == "r");
    });
}

BOOST_AUTO_TEST_CASE(child_from_makes_a_server_that_can_neither_be_copied_nor_moved) {
    play([] {
        auto count = std::make_shared<int>(0);
        auto s = start_tree({child_from("a", [count, only = std::make_unique<int>(40)] {
            return anchored{std::make_unique<int>(*only + ++*count)};
        })});
        BOOST_TEST(server_ref<anchored>{pid_of(s, "a")}.call(take{}) == "41");
        pid_of(s, "a").exit(boom);
        settle();
        BOOST_TEST(server_ref<anchored>{pid_of(s, "a")}.call(take{}) == "42");
    });
}

BOOST_AUTO_TEST_CASE(a_task_is_a_function_that_runs_as_a_child) {
    play([] {
        auto s = start_tree({child<task<>>(
            "poller",
            [](const std::string& what) {
                note(what);
                this_process::receive<end_with>();
            },
            std::string{"polling"})});
        pid_of(s, "poller").send(end_with{exit_reason::normal});
        check_happened({"polling", "polling"}); // permanent: restarted also after `normal`
        const pid p = supervisor::start_child(
            s, child<task<>>("once", [] { note("once"); }).restart(temporary));
        BOOST_TEST(end_of(p) != "still there");
        check_happened({"once"});
        BOOST_TEST(listed(s) == lines{"poller"}, boost::test_tools::per_element());
    });
}

BOOST_AUTO_TEST_CASE(a_bounded_mailbox_comes_with_every_incarnation) {
    play([] {
        auto s = start_tree({child<taker>("t", std::string{"x"})
                                 .mailbox({.messages = 1, .policy = overflow_policy::reject})});
        server_ref<taker> t{pid_of(s, "t")};
        auto first = t.send_request(take{});
        auto second = t.send_request(take{});
        BOOST_TEST(first.get() == "x");
        const auto refused = second.try_get();
        BOOST_REQUIRE(!refused.has_value());
        BOOST_TEST((refused.error().code == errc::mailbox_full));
    });
}

BOOST_AUTO_TEST_SUITE_END()
