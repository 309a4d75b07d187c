// SPDX-License-Identifier: BSL-1.0
// DYN-018 to DYN-022: tests/conformance/cases.md.
#include "tree_fixture.hpp"
#include <coppice/names.hpp>
#include <coppice/partition_supervisor.hpp>
#include <set>

using namespace tree_fixture;

namespace {

struct add {
    int n;
};
struct total {
    using reply = int;
};
struct number {
    using reply = std::size_t;
};
struct crash {};

class counter {
public:
    explicit counter(int start, std::size_t partition = 0) : total_{start}, number_{partition} {}
    void handle_cast(add a) { total_ += a.n; }
    void handle_cast(crash) { throw std::runtime_error{"boom"}; }
    int handle_call(total) const { return total_; }
    std::size_t handle_call(number) const { return number_; }

private:
    int total_;
    std::size_t number_;
};

struct user {
    int id;
};
enum class colour { red, green };

/// A tree with these partitions.
server_ref<supervisor> start_tree(child_spec all) {
    return start_link<supervisor>(supervisor_flags{}, std::vector<child_spec>{std::move(all)});
}

errc code_of(const auto& r) {
    BOOST_REQUIRE(!r);
    return r.error().code;
}

} // namespace

template <>
struct std::hash<user> {
    std::size_t operator()(const user& u) const noexcept { return static_cast<std::size_t>(u.id); }
};

BOOST_AUTO_TEST_SUITE(partition_supervisor_suite)

BOOST_AUTO_TEST_CASE(starts_as_many_as_asked_for_with_the_same_arguments) {
    play([] {
        partitions<counter> counters{"counters"};
        start_tree(child<partition_supervisor>(counters, {.partitions = 8}, 5));
        BOOST_TEST(counters.size() == 8U);
        for (std::size_t i = 0; i < counters.size(); ++i)
            BOOST_TEST(counters[i].call(total{}) == 5);
    });
}

// Elixir: System.schedulers_online/0.
BOOST_AUTO_TEST_CASE(starts_one_for_each_thread_by_default) {
    play([] {
        partitions<counter> counters{"counters"};
        start_tree(child<partition_supervisor>(counters, {}, 0));
        BOOST_TEST(counters.size() == runtime::thread_count());
    });
}

// DYN-018
BOOST_AUTO_TEST_CASE(a_whole_number_goes_to_its_remainder_without_its_sign) {
    play([] {
        partitions<counter> counters{"counters"};
        start_tree(child<partition_supervisor>(counters, {.partitions = 4}, 0));
        BOOST_TEST(counters(5).text() == "counters/1");
        BOOST_TEST(counters(-5).text() == "counters/1");
        BOOST_TEST(counters(std::numeric_limits<std::int64_t>::min()).text() == "counters/0");
        BOOST_TEST(counters(std::numeric_limits<std::uint64_t>::max()).text() == "counters/3");
        BOOST_TEST(counters(true).text() == "counters/1");
    });
}

// DYN-018
BOOST_AUTO_TEST_CASE(any_other_key_goes_by_its_hash_always_to_the_same_partition) {
    play([] {
        partitions<counter> counters{"counters"};
        start_tree(child<partition_supervisor>(counters, {.partitions = 4}, 0));
        const char* const pointer = "ann";
        BOOST_TEST(counters(std::string{"ann"}).text() == counters("ann").text());
        BOOST_TEST(counters(pointer).text() == counters(std::string_view{"ann"}).text());
        BOOST_TEST(counters(user{7}).text() == counters(user{7}).text());
        BOOST_TEST(counters(colour::green).text() == counters(colour::green).text());
        BOOST_TEST(counters(this_process::self()).text() == counters(this_process::self()).text());
    });
}

BOOST_AUTO_TEST_CASE(keys_are_spread_over_all_partitions) {
    play([] {
        partitions<counter> counters{"counters"};
        start_tree(child<partition_supervisor>(counters, {.partitions = 8}, 0));
        std::array<std::size_t, 8> texts{}, addresses{};
        std::array<std::array<char, 16>, 800> places{};
        for (std::size_t i = 0; i < places.size(); ++i) {
            const auto number_of = [](std::string_view name) {
                return static_cast<std::size_t>(name.back() - '0');
            };
            ++texts[number_of(counters("user " + std::to_string(i)).text())];
            // Addresses are multiples of sixteen.
            ++addresses[number_of(counters(static_cast<const void*>(&places[i])).text())];
        }
        for (std::size_t p = 0; p < 8; ++p) {
            BOOST_TEST(texts[p] > 50U);
            BOOST_TEST(addresses[p] > 50U);
        }
    });
}

// DYN-019
BOOST_AUTO_TEST_CASE(a_function_makes_each_from_its_number) {
    play([] {
        partitions<counter> counters{"counters"};
        start_tree(child_from(counters, {.partitions = 3}, [](std::size_t partition) {
            return counter{0, partition};
        }));
        for (std::size_t i = 0; i < 3; ++i)
            BOOST_TEST(counters[i].call(number{}) == i);
        counters[1].cast(crash{});
        settle();
        BOOST_TEST(counters[1].call(number{}) == 1U);
    });
}

BOOST_AUTO_TEST_CASE(a_key_finds_its_partition_again_after_a_restart) {
    play([] {
        partitions<counter> counters{"counters"};
        start_tree(child<partition_supervisor>(counters, {.partitions = 4}, 0));
        const auto ann = counters("ann");
        const auto before = ann.whereis();
        for (std::size_t i = 0; i < 4; ++i)
            counters[i].cast(add{1});
        ann.cast(crash{});
        settle();
        BOOST_TEST(ann.whereis().process().alive());
        BOOST_TEST((ann.whereis() != before));
        BOOST_TEST(counters("ann").text() == ann.text());
        int sum = 0;
        for (std::size_t i = 0; i < 4; ++i)
            sum += counters[i].call(total{});
        BOOST_TEST(sum == 3); // the others went on
    });
}

BOOST_AUTO_TEST_CASE(children_are_named_by_their_number) {
    play([] {
        partitions<counter> counters{"counters"};
        start_tree(child<partition_supervisor>(counters, {.partitions = 3}, 0));
        lines ids;
        for (const child_info& c : partition_supervisor::which_children(counters)) {
            ids.push_back(c.id);
            BOOST_TEST((c.as<counter>() == counters[std::stoul(c.id)].whereis()));
        }
        BOOST_TEST(ids == (lines{"2", "1", "0"}), boost::test_tools::per_element());
        const child_counts n = partition_supervisor::count_children(counters);
        BOOST_TEST(n.specs == 3U);
        BOOST_TEST(n.active == 3U);
        BOOST_TEST(n.workers == 3U);
    });
}

// DYN-021
BOOST_AUTO_TEST_CASE(without_a_supervisor_there_is_no_process_to_ask) {
    play([] {
        partitions<counter> counters{"counters"};
        BOOST_TEST(counters.size() == 0U);
        BOOST_TEST((code_of(counters("ann").try_call(total{})) == errc::noproc));
        BOOST_TEST((code_of(counters[0].try_call(total{})) == errc::noproc));
        BOOST_TEST((code_of(partition_supervisor::try_which_children(counters)) == errc::noproc));
        BOOST_TEST((code_of(partition_supervisor::try_count_children(counters)) == errc::noproc));
        counters("ann").cast(add{1}); // dropped

        start_tree(child<partition_supervisor>(counters, {.partitions = 2}, 0));
        counters.supervisor().stop(exit_reason::shutdown);
        settle();
        BOOST_TEST(counters.supervisor().process().alive()); // its own supervisor has restarted it
    });
}

BOOST_AUTO_TEST_CASE(a_number_beyond_the_last_partition_is_an_error) {
    play([] {
        partitions<counter> counters{"counters"};
        start_tree(child<partition_supervisor>(counters, {.partitions = 2}, 0));
        BOOST_CHECK_EXCEPTION(counters[2], std::out_of_range, [](const std::out_of_range& e) {
            return std::string{e.what()} == "coppice: the partitions `counters` are 2, numbered "
                                            "from 0; there is no partition 2";
        });
    });
}

BOOST_AUTO_TEST_CASE(partitions_may_be_dynamic_supervisors) {
    play([] {
        partitions<dynamic_supervisor> rooms{"rooms"};
        start_tree(child<partition_supervisor>(rooms, {.partitions = 2},
                                               dynamic_supervisor_flags{.max_children = 1}));
        const auto a = dynamic_supervisor::start_child(rooms(0), a_worker("a"));
        const auto b = dynamic_supervisor::start_child(rooms(1), a_worker("b"));
        BOOST_TEST(a.process().alive());
        BOOST_TEST(b.process().alive());
        BOOST_TEST((code_of(dynamic_supervisor::try_start_child(rooms(2), a_worker("c"))) ==
                    errc::max_children));
        BOOST_TEST(partition_supervisor::count_children(rooms).supervisors == 2U);
    });
}

BOOST_AUTO_TEST_CASE(too_many_crashes_restart_all_partitions) {
    play([] {
        partitions<counter> counters{"counters"};
        start_tree(child<partition_supervisor>(counters, {.partitions = 2, .intensity = 1}, 0));
        const auto other = counters[1].whereis();
        for (int i = 0; i < 2; ++i) {
            counters[0].cast(crash{});
            settle();
        }
        BOOST_TEST(!other.process().alive());
        BOOST_TEST(counters[0].call(total{}) == 0);
        BOOST_TEST(counters[1].call(total{}) == 0);
    });
}

BOOST_AUTO_TEST_CASE(restart_type_and_shutdown_are_those_of_each_partition) {
    play([] {
        partitions<counter> counters{"counters"};
        start_tree(child<partition_supervisor>(
            counters, {.partitions = 2, .restart = temporary, .shutdown = brutal_kill}, 0));
        const auto spec = supervisor::get_childspec(counters.supervisor(), "1");
        BOOST_TEST((spec.restart == temporary));
        BOOST_TEST(spec.shutdown.is_brutal());
        counters[1].cast(crash{});
        settle();
        BOOST_TEST((code_of(counters[1].try_call(total{})) == errc::noproc));
        BOOST_TEST(counters[0].call(total{}) == 0);
    });
}

// DYN-022: there is no auto_shutdown to set. A template for all children is none either.
BOOST_AUTO_TEST_CASE(wrong_flags_are_refused_at_start) {
    play([] {
        partitions<counter> counters{"counters"};
        const auto reason = [&](const partition_supervisor_flags& flags) {
            const auto started = try_start_link<supervisor>(
                supervisor_flags{},
                std::vector<child_spec>{child<partition_supervisor>(counters, flags, 0)});
            return started ? "started" : started.error().reason.text();
        };
        BOOST_TEST(reason({.strategy = simple_one_for_one}) ==
                   "{shutdown, {failed_to_start_child, counters, {supervisor_data, "
                   "{invalid_strategy, simple_one_for_one}}}}");
        BOOST_TEST(reason({.period = 0s}) == "{shutdown, {failed_to_start_child, counters, "
                                             "{supervisor_data, {invalid_period, 0 ms}}}}");
    });
}

BOOST_AUTO_TEST_CASE(a_name_that_is_taken_is_refused) {
    play([] {
        partitions<counter> counters{"counters"}, same_name{"counters"};
        start_tree(child<partition_supervisor>(counters, {.partitions = 2}, 0));
        const auto second = try_start_link<supervisor>(
            supervisor_flags{},
            std::vector<child_spec>{child<partition_supervisor>(same_name, {.partitions = 2}, 0)});
        BOOST_REQUIRE(!second);
        BOOST_TEST(second.error().reason.text().find("already_started") != std::string::npos);
        BOOST_TEST(counters[1].call(total{}) == 0);
    });
}

BOOST_AUTO_TEST_CASE(another_server_of_its_name_is_not_taken_for_the_supervisor) {
    play([] {
        static constexpr server_name<counter> the_other{"counters"};
        start_link<counter>({.name = the_other}, 0);
        partitions<counter> counters{"counters"};
        BOOST_TEST(!counters.supervisor().process());
        BOOST_TEST((code_of(partition_supervisor::try_which_children(counters)) == errc::noproc));
    });
}

// A view of a name stays valid when the number of partitions changes.
BOOST_AUTO_TEST_CASE(another_start_may_have_another_number_of_partitions) {
    play([] {
        partitions<counter> counters{"counters"};
        const auto first = start_tree(child<partition_supervisor>(counters, {.partitions = 4}, 0));
        const auto third = counters[3];
        first.stop(exit_reason::shutdown);
        start_tree(child<partition_supervisor>(counters, {.partitions = 2}, 0));
        BOOST_TEST(counters.size() == 2U);
        BOOST_TEST((code_of(third.try_call(total{})) == errc::noproc));
        BOOST_TEST(third.text() == "counters/3");
    });
}

BOOST_AUTO_TEST_SUITE_END()
