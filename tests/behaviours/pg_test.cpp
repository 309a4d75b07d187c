// SPDX-License-Identifier: BSL-1.0
#include <boost/test/unit_test.hpp>
#include <coppice/gen_server.hpp>
#include <coppice/pg.hpp>
#include <coppice/process_info.hpp>
#include <coppice/runtime.hpp>
#include <coppice/testing.hpp>
#include <functional>
#include <memory>
#include <set>

using namespace coppice;
using namespace std::chrono_literals;

namespace {

struct said {
    std::string text;
};
struct heard {
    using reply = std::vector<std::string>;
};
using rooms_scope = pg<std::string, protocol<said>>;

class guest {
public:
    explicit guest(rooms_scope& rooms) { rooms.join("lobby", this_process::self(this)); }
    void handle_cast(said s) { heard_.push_back(std::move(s.text)); }
    std::vector<std::string> handle_call(heard) const { return heard_; }

private:
    std::vector<std::string> heard_;
};

struct changes {
    using reply = std::vector<std::string>;
};
class door_keeper {
public:
    explicit door_keeper(pg<std::string, pid>& rooms)
        : now_{rooms.monitor("lobby", this_process::self(this))} {}
    void handle_info(const pg_joined<std::string>& j) {
        BOOST_TEST((j.ref == now_.ref));
        changes_.push_back(j.group + " +" + std::to_string(j.processes.size()));
    }
    void handle_info(const pg_left<std::string>& l) {
        changes_.push_back(l.group + " -" + std::to_string(l.processes.size()));
    }
    std::vector<std::string> handle_call(changes) const { return changes_; }

private:
    pg_group_monitor<pid> now_;
    std::vector<std::string> changes_;
};

void play(const std::function<void()>& f) { testing::simulation{}.run(f); }
pid idle() {
    return spawn([] { this_process::sleep(1h); });
}
void end(pid p) {
    const auto watch = this_process::monitor(p);
    p.exit(exit_reason::kill);
    while (this_process::receive<down>().ref != watch) {}
}
using strings = std::vector<std::string>;

} // namespace

BOOST_AUTO_TEST_SUITE(pg_suite)

// PGR-001.
BOOST_AUTO_TEST_CASE(members_hear_what_is_cast_to_their_group) {
    play([] {
        rooms_scope rooms{"rooms"};
        auto a = start<guest>(rooms);
        auto b = start<guest>(rooms);
        BOOST_TEST(rooms.cast("lobby", said{"hello"}) == 2);
        BOOST_TEST(rooms.cast("empty", said{"hello"}) == 0);
        BOOST_TEST(rooms.get_members("lobby").size() == 2);
        BOOST_TEST(rooms.which_groups() == strings{"lobby"});
        BOOST_TEST(a.call(heard{}) == strings{"hello"});
        a.stop();
        BOOST_TEST((rooms.get_members("lobby").front().process() == b.process()));
        b.stop();
        BOOST_TEST(rooms.which_groups().empty());
    });
}

// PGR-002, PGR-003.
BOOST_AUTO_TEST_CASE(n_joins_are_n_memberships_and_a_leave_takes_one) {
    play([] {
        pg<int, pid> groups{"groups"};
        const pid p = idle();
        for (int i = 0; i < 3; ++i)
            groups.join(1, p);
        groups.leave(1, p);
        BOOST_TEST(groups.get_members(1).size() == 2);
        groups.leave(1, {p, p});
        BOOST_TEST((groups.try_leave(1, p).error().code == errc::not_found));
        BOOST_CHECK_THROW(groups.leave(2, p), call_error);
    });
}

// PGR-004, PGR-007: a list joins as a whole, or not at all.
BOOST_AUTO_TEST_CASE(lists_join_and_leave_together) {
    play([] {
        pg<int, pid> groups{"groups"};
        const pid a = idle(), b = idle();
        groups.join(1, std::vector{a, b, a});
        BOOST_TEST((groups.get_members(1) == std::vector{a, b, a}));
        BOOST_TEST((groups.try_join(1, std::vector{a, pid{}}).error().code == errc::noproc));
        BOOST_TEST(groups.get_members(1).size() == 3);
        groups.leave(1, std::vector{b, b});
        BOOST_TEST((groups.get_members(1) == std::vector{a, a}));
        groups.join(1, std::vector<pid>{});
        BOOST_TEST(!groups.try_leave(1, std::vector<pid>{}));
    });
}

// PGR-005.
BOOST_AUTO_TEST_CASE(a_death_ends_every_membership_in_every_group_of_every_scope) {
    play([] {
        pg<int, pid> one{"one"}, two{"two"};
        const pid p = idle();
        for (int g = 0; g < 50; ++g) {
            one.join(g, std::vector{p, p});
            two.join(g, p);
        }
        end(p);
        BOOST_TEST(one.which_groups().empty());
        BOOST_TEST(two.which_groups().empty());
        one.join(1, p); // it joins and leaves at once
        BOOST_TEST(one.get_members(1).empty());
    });
}

// PGR-009: what is there, then each change, in order.
BOOST_AUTO_TEST_CASE(a_monitor_gets_the_members_and_then_each_change) {
    play([] {
        pg<std::string, pid> rooms{"rooms"};
        const pid a = idle(), b = idle();
        rooms.join("lobby", a);
        const auto now = rooms.monitor("lobby", this_process::self());
        BOOST_TEST((now.members == std::vector{a}));
        auto keeper = start<door_keeper>(rooms);
        rooms.join("lobby", std::vector{a, b});
        rooms.join("bar", b);
        rooms.leave("lobby", a);
        end(a); // had one membership left
        BOOST_TEST(keeper.call(changes{}) == (strings{"lobby +2", "lobby -1", "lobby -1"}));

        const auto j = this_process::receive<pg_joined<std::string>>();
        BOOST_TEST((j.ref == now.ref && j.processes == std::vector{a, b}));
        BOOST_TEST((this_process::receive<pg_left<std::string>>().processes == std::vector{a}));
        BOOST_TEST((this_process::receive<pg_left<std::string>>().processes == std::vector{a}));
        BOOST_TEST(rooms.demonitor(now.ref));
        BOOST_TEST(!rooms.demonitor(now.ref));
        rooms.join("lobby", b);
        testing::probe{}.expect_none<pg_joined<std::string>>();
        keeper.stop();
        rooms.leave("lobby", b); // to no monitor
    });
}

BOOST_AUTO_TEST_CASE(a_monitor_of_a_scope_gets_all_groups) {
    play([] {
        pg<std::string, pid> rooms{"rooms"};
        const pid a = idle(), b = idle();
        rooms.join("lobby", std::vector{a, b});
        rooms.join("bar", b);
        const auto now = rooms.monitor_scope(this_process::self());
        BOOST_TEST(now.groups.size() == 2);
        for (const auto& g : now.groups)
            BOOST_TEST(g.members.size() == (g.name == "lobby" ? 2 : 1));
        rooms.join("attic", a);
        BOOST_TEST((this_process::receive<pg_joined<std::string>>().group == "attic"));
        end(b);
        std::multiset<std::string> left;
        for (int i = 0; i < 2; ++i)
            left.insert(this_process::receive<pg_left<std::string>>().group);
        BOOST_TEST((left == std::multiset<std::string>{"bar", "lobby"}));
        BOOST_TEST(rooms.demonitor(now.ref));
    });
}

// The known defect of OTP's pg: a process that is member and monitor at a time (otp #7625, #7754).
BOOST_AUTO_TEST_CASE(a_process_may_be_member_and_monitor) {
    play([] {
        pg<int, pid> groups{"groups"};
        const pid both = spawn([&] {
            groups.join(1, this_process::self());
            groups.monitor(1, this_process::self());
            groups.monitor_scope(this_process::self());
            this_process::sleep(1h);
        });
        this_process::sleep(1ms);
        const auto now = groups.monitor(1, this_process::self());
        BOOST_TEST((now.members == std::vector{both}));
        end(both);
        BOOST_TEST((this_process::receive<pg_left<int>>().processes == std::vector{both}));
        BOOST_TEST(groups.which_groups().empty());
    });
}

// The notices of an exit come before the exit itself can be known.
BOOST_AUTO_TEST_CASE(monitors_hear_of_a_death_before_its_links_do) {
    play([] {
        pg<int, pid> groups{"groups"};
        const pid p = idle();
        groups.join(1, p);
        groups.monitor(1, this_process::self());
        (void)this_process::monitor(p);
        p.exit(exit_reason::kill);
        std::string order;
        for (int i = 0; i < 2; ++i)
            this_process::receive([&](pg_left<int>) { order += "left "; },
                                  [&](down) { order += "down "; });
        BOOST_TEST(order == "left down ");
    });
}

// A mailbox that is full neither loses a notice nor holds up who joins.
BOOST_AUTO_TEST_CASE(a_bound_does_not_count_notices) {
    play([] {
        pg<int, pid> groups{"groups"};
        const pid p = idle();
        const pid watcher =
            spawn({.mailbox = {.messages = 1, .policy = overflow_policy::block}}, [&] {
                groups.monitor(1, this_process::self());
                this_process::sleep(1s);
                for (int i = 0; i < 10; ++i)
                    this_process::receive<pg_joined<int>>();
            });
        this_process::sleep(1ms);
        for (int i = 0; i < 10; ++i)
            groups.join(1, p);
        const auto watch = this_process::monitor(watcher);
        const auto d = this_process::receive<down>();
        BOOST_TEST((d.ref == watch && d.reason == exit_reason::normal));
    });
}

// PGR-008.
BOOST_AUTO_TEST_CASE(when_a_scope_goes_no_process_is_told) {
    play([] {
        auto groups = std::make_unique<pg<int, pid>>("groups");
        const pid p = idle();
        groups->join(1, p);
        groups->monitor(1, this_process::self());
        groups.reset();
        testing::probe{}.expect_none<pg_left<int>>();
        BOOST_TEST(p.alive());
        end(p);
    });
}

// PGR-012.
BOOST_AUTO_TEST_CASE(tens_of_thousands_of_groups_and_members_do_not_make_a_join_slow) {
    play([] {
        pg<int, pid> groups{"groups"};
        const pid p = idle(), q = idle();
        for (int i = 0; i < 30'000; ++i) {
            groups.join(i, p);
            groups.join(-1, p);
        }
        groups.join(-1, q);
        groups.leave(-1, q); // the last of a long list, but q is in few groups
        end(p);
        BOOST_TEST(groups.which_groups().empty());
    });
}

// On real threads a monitor's picture is that of the group, whatever the order of changes.
BOOST_AUTO_TEST_CASE(a_monitor_misses_nothing_and_is_told_nothing_twice) {
    runtime::start({.threads = 4});
    {
        pg<int, pid> groups{"groups"};
        runtime::run([&] {
            std::vector<monitor_ref> ends;
            for (int w = 0; w < 4; ++w)
                ends.push_back(spawn_monitor([&] {
                                   std::multiset<pid> seen;
                                   const auto now = groups.monitor(1, this_process::self());
                                   seen.insert(now.members.begin(), now.members.end());
                                   for (bool more = true; more;)
                                       this_process::receive(
                                           [&](pg_joined<int> j) {
                                               seen.insert(j.processes.begin(), j.processes.end());
                                           },
                                           [&](pg_left<int> l) {
                                               for (const pid p : l.processes) {
                                                   const auto at = seen.find(p);
                                                   if (at == seen.end())
                                                       this_process::exit(
                                                           exit_reason{"left_twice"});
                                                   seen.erase(at);
                                               }
                                           },
                                           [&](said) { more = false; });
                                   if (!seen.empty())
                                       this_process::exit(exit_reason{"missed"});
                               }).monitor);
            std::vector<monitor_ref> joiners;
            for (int j = 0; j < 8; ++j)
                joiners.push_back(spawn_monitor([&] {
                                      for (int i = 0; i < 100; ++i) {
                                          const auto child = spawn_monitor([&] {
                                              groups.join(1, this_process::self());
                                              groups.join(1, std::vector{this_process::self(),
                                                                         this_process::self()});
                                              groups.leave(1, this_process::self());
                                          });
                                          (void)child;
                                          this_process::receive<down>();
                                      }
                                  }).monitor);
            std::size_t wrong = 0;
            for (std::size_t i = 0; i < joiners.size(); ++i)
                wrong += this_process::receive<down>().reason == exit_reason::normal ? 0 : 1;
            BOOST_TEST(wrong == 0);
            BOOST_TEST(groups.get_members(1).empty());
            for (const pid p : processes())
                if (p != this_process::self())
                    p.send(said{});
            for (std::size_t i = 0; i < ends.size(); ++i)
                BOOST_TEST((this_process::receive<down>().reason == exit_reason::normal));
        });
    }
    runtime::stop();
}

BOOST_AUTO_TEST_SUITE_END()
