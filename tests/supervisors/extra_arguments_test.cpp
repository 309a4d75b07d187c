// SPDX-License-Identifier: BSL-1.0
// DYN-012: tests/conformance/cases.md.
#include "tree_fixture.hpp"

using namespace tree_fixture;

namespace {

struct text {
    using reply = std::string;
};

/// Constructed from two arguments of its supervisor, then one of its own.
class room {
public:
    room(std::string building, int floor, std::string name)
        : text_{building + ' ' + std::to_string(floor) + ' ' + name} {}
    std::string handle_call(text) const { return text_; }
    void handle_cast(fail) { throw std::runtime_error{"boom"}; }

private:
    std::string text_;
};

using room_arguments = extra_arguments<std::string, int>;
constexpr server_name<room> the_hall{"hall"};

server_ref<dynamic_supervisor> start_rooms(dynamic_supervisor_flags flags = {}) {
    flags.extra_arguments = room_arguments{"tower", 7};
    return start_link<dynamic_supervisor>(flags);
}

failure why(const auto& r) {
    BOOST_REQUIRE(!r);
    return r.error();
}

} // namespace

BOOST_AUTO_TEST_SUITE(extra_arguments_suite)

BOOST_AUTO_TEST_CASE(stand_before_the_childs_own_arguments) {
    play([] {
        const auto rooms = start_rooms();
        const server_ref<room> a =
            dynamic_supervisor::start_child(rooms, room_arguments::child<room>("a", "attic"));
        BOOST_TEST(a.call(text{}) == "tower 7 attic");
    });
}

BOOST_AUTO_TEST_CASE(stand_there_at_a_restart_too) {
    play([] {
        const auto rooms = start_rooms();
        const auto a =
            dynamic_supervisor::start_child(rooms, room_arguments::child<room>("a", "attic"));
        a.cast(fail{});
        settle();
        const child_info again = info_of(rooms, "a");
        BOOST_TEST((again.process != a.process()));
        BOOST_TEST(again.as<room>().call(text{}) == "tower 7 attic");
    });
}

BOOST_AUTO_TEST_CASE(go_with_a_name_and_with_what_a_spec_says) {
    play([] {
        const auto rooms = start_rooms();
        dynamic_supervisor::start_child(rooms, room_arguments::child<room>(the_hall, "hall")
                                                   .restart(transient)
                                                   .mailbox({.messages = 10}));
        BOOST_TEST(the_hall.call(text{}) == "tower 7 hall");
        the_hall.cast(fail{});
        settle();
        BOOST_TEST(the_hall.call(text{}) == "tower 7 hall");
        BOOST_TEST(
            (dynamic_supervisor::get_childspec(rooms, the_hall.whereis()).restart == transient));
    });
}

BOOST_AUTO_TEST_CASE(a_start_function_made_by_hand_gets_them) {
    play([] {
        const auto rooms = start_rooms();
        std::string got;
        dynamic_supervisor::start_child(
            rooms, child_spec{.id = "f", .start = [&got](const start_args& extra) -> start_result {
                                  const auto* values = extra.get_if<std::string, int>();
                                  got = values ? std::get<0>(*values) : "none";
                                  return spawn_link([] { this_process::receive<fail>(infinity); });
                              }});
        BOOST_TEST(got == "tower");
    });
}

BOOST_AUTO_TEST_CASE(a_child_that_takes_none_is_refused) {
    play([] {
        const auto rooms = start_rooms();
        const failure f = why(dynamic_supervisor::try_start_child(rooms, a_worker("w")));
        BOOST_TEST((f.code == errc::bad_spec));
        BOOST_TEST(f.detail == "this supervisor has extra arguments, and the child `w` takes none: "
                               "make it by `child` of the same extra_arguments<...>");
        BOOST_TEST(dynamic_supervisor::count_children(rooms).specs == 0U);
    });
}

BOOST_AUTO_TEST_CASE(a_supervisor_without_them_or_with_others_is_named_in_the_error) {
    play([] {
        const auto room_spec = [] { return room_arguments::child<room>("a", "attic"); };
        const auto plain = start_link<dynamic_supervisor>();
        const failure none = why(dynamic_supervisor::try_start_child(plain, room_spec()));
        BOOST_TEST((none.code == errc::bad_spec));
        BOOST_TEST(none.reason.text() == "invalid_extra_arguments");
        BOOST_TEST(none.detail.find("this supervisor has none") != std::string::npos);

        const auto others = start_link<dynamic_supervisor>(
            dynamic_supervisor_flags{.extra_arguments = extra_arguments<int>{1}});
        const failure wrong = why(dynamic_supervisor::try_start_child(others, room_spec()));
        BOOST_TEST(wrong.reason.text() == "invalid_extra_arguments");
        BOOST_TEST(wrong.detail.find("has those of other types") != std::string::npos);

        const auto ordered = start_link<supervisor>(supervisor_flags{}, std::vector<child_spec>{});
        BOOST_TEST((why(supervisor::try_start_child(ordered, room_spec())).code == errc::bad_spec));
    });
}

BOOST_AUTO_TEST_SUITE_END()
