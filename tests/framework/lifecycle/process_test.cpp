// SPDX-License-Identifier: BSL-1.0
#include "in_simulation.hpp"
#include <boost/test/unit_test.hpp>
#include <coppice/names.hpp>
#include <coppice/process_info.hpp>
#include <coppice/runtime.hpp>
#include <optional>
#include <stdexcept>
#include <thread>
#include <tuple>

using namespace coppice;
using namespace std::chrono_literals;

namespace {
struct note {
    int value;
};

void forever() { this_process::sleep(infinity); }

/// A process that traps exits and sends them on.
pid trapper(pid owner) {
    return spawn([owner] {
        this_process::trap_exit(true);
        owner.send(note{0});
        for (;;)
            owner.send(this_process::receive<exit_signal>());
    });
}
} // namespace

BOOST_AUTO_TEST_SUITE(process_suite)

// PRC-001.
BOOST_AUTO_TEST_CASE(a_process_that_returns_ends_normally) {
    in_simulation([] {
        const auto s = spawn_monitor([] {});
        BOOST_TEST((this_process::receive<down>().reason == exit_reason::normal));
        BOOST_TEST(!s.process.alive());
    });
}

// PRC-017.
BOOST_AUTO_TEST_CASE(an_exception_becomes_the_reason_with_type_and_text) {
    in_simulation([] {
        spawn_monitor([] { throw std::out_of_range{"too far"}; });
        const down d = this_process::receive<down>();
        BOOST_TEST(d.reason.is_error());
        BOOST_TEST(d.reason.crash()->type == "std::out_of_range");
        BOOST_TEST(d.reason.crash()->what == "too far");
    });
}

BOOST_AUTO_TEST_CASE(anything_that_is_thrown_is_contained) {
    in_simulation([] {
        spawn_monitor([] { throw 42; });
        BOOST_TEST(this_process::receive<down>().reason.text() == "int: 42");
        spawn_monitor([] { throw std::string{"words"}; });
        BOOST_TEST(this_process::receive<down>().reason.text() == "std::string: words");
    });
}

// PRC-010: kill cannot be trapped, and links and monitors get `killed`.
BOOST_AUTO_TEST_CASE(kill_ends_a_process_that_traps_exits) {
    in_simulation([] {
        const pid t = trapper(this_process::self());
        this_process::receive<note>();
        const monitor_ref m = this_process::monitor(t);
        t.exit(exit_reason::kill);
        const down d = this_process::receive<down>();
        BOOST_TEST((d.ref == m));
        BOOST_TEST((d.reason == exit_reason::killed));
    });
}

// PRC-004, PRC-005.
BOOST_AUTO_TEST_CASE(normal_is_ignored_unless_trapped) {
    in_simulation([] {
        const pid plain = spawn(forever);
        plain.exit(exit_reason::normal);
        this_process::sleep(1s);
        BOOST_TEST(plain.alive());
        const pid t = trapper(this_process::self());
        this_process::receive<note>();
        t.exit(exit_reason::normal);
        BOOST_TEST((this_process::receive<exit_signal>().reason == exit_reason::normal));
    });
}

// PRC-007.
BOOST_AUTO_TEST_CASE(a_signal_to_oneself_ends_at_once) {
    in_simulation([] {
        const pid owner = this_process::self();
        spawn_monitor([owner] {
            this_process::self().exit(exit_reason{"enough"});
            owner.send(note{1});
        });
        BOOST_TEST((this_process::receive<down>().reason == exit_reason{"enough"}));
        BOOST_TEST(!this_process::receive<note>(1s));
    });
}

// PRC-024: exits travel along links.
BOOST_AUTO_TEST_CASE(a_chain_of_links_dies_as_a_whole) {
    in_simulation([] {
        const pid c = spawn(forever);
        const pid b = spawn([c, owner = this_process::self()] {
            this_process::link(c);
            owner.send(note{1});
            forever();
        });
        this_process::receive<note>();
        const auto a = spawn_monitor([b] {
            this_process::link(b);
            this_process::exit(exit_reason{"why"});
        });
        (void)a;
        (void)this_process::monitor(c);
        for (int i = 0; i < 2; ++i)
            BOOST_TEST((this_process::receive<down>().reason == exit_reason{"why"}));
        BOOST_TEST(!b.alive());
    });
}

// PRC-020, PRC-034.
BOOST_AUTO_TEST_CASE(a_link_and_the_exit_behind_it_arrive_in_order) {
    in_simulation([] {
        const pid tester = this_process::self();
        const pid idle = spawn([&] {
            this_process::trap_exit(true);
            tester.send(note{this_process::receive<exit_signal>().reason == exit_reason{"why"}});
        });
        this_process::sleep(1ms); // now the process waits
        spawn([&] {
            this_process::link(idle);
            this_process::exit(exit_reason{"why"});
        });
        BOOST_TEST(this_process::receive<note>(1h).value().value == 1);
    });
}

BOOST_AUTO_TEST_CASE(unlink_and_demonitor_leave_nothing_behind) {
    in_simulation([] {
        this_process::trap_exit(true);
        const pid p = spawn(forever);
        this_process::link(p);
        const monitor_ref m = this_process::monitor(p);
        this_process::unlink(p);
        BOOST_TEST(this_process::demonitor(m));
        BOOST_TEST(!this_process::demonitor(m));
        p.exit(exit_reason::kill);
        BOOST_TEST(!this_process::receive<exit_signal>(1s));
        BOOST_TEST(!this_process::receive<down>(1s));
    });
}

// Links are notified first, then monitors.
BOOST_AUTO_TEST_CASE(a_process_with_very_many_links_lets_others_run_while_it_exits) {
    in_simulation([] {
        int told_of_the_link_alone = 0;
        const pid center = spawn(forever);
        for (int i = 0; i < 1500; ++i)
            spawn([&] {
                this_process::trap_exit(true);
                this_process::link(center);
                (void)this_process::monitor(center);
                this_process::receive<exit_signal>();
                if (!this_process::receive<down>(0s))
                    ++told_of_the_link_alone;
            });
        this_process::sleep(1ms); // now the processes wait
        center.exit(exit_reason::kill);
        this_process::sleep(1ms);
        BOOST_TEST(told_of_the_link_alone > 0);
    });
}

BOOST_AUTO_TEST_CASE(info_of_itself_leaves_out_processes_that_have_exited) {
    in_simulation([] {
        this_process::trap_exit(true);
        const pid p = spawn_link([] {});
        (void)this_process::monitor(p);
        while (p.alive())
            this_process::yield();
        BOOST_TEST(this_process::info().links.empty());
        BOOST_TEST(this_process::info().monitors.empty());
    });
}

// A trapped exit stays in the mailbox as a message; the flag counts when the exit is taken.
BOOST_AUTO_TEST_CASE(an_exit_is_judged_by_the_flag_that_it_met) {
    in_simulation([] {
        this_process::trap_exit(true);
        this_process::self().exit(exit_reason{"why"});
        this_process::trap_exit(false);
        BOOST_TEST((this_process::receive<exit_signal>().reason == exit_reason{"why"}));
    });
}

BOOST_AUTO_TEST_CASE(an_exit_that_came_before_the_unlink_stays) {
    in_simulation([] {
        this_process::trap_exit(true);
        const pid p = spawn_link([] {});
        while (p.alive())
            this_process::yield();
        this_process::unlink(p);
        BOOST_TEST(this_process::receive<exit_signal>(0s).has_value());
    });
}

BOOST_AUTO_TEST_CASE(an_exit_that_came_before_a_new_link_stays_before_it) {
    in_simulation([] {
        this_process::trap_exit(true);
        const pid p = spawn_link([] {});
        while (p.alive())
            this_process::yield();
        this_process::link(p);
        BOOST_TEST((this_process::receive<exit_signal>().reason == exit_reason::normal));
        BOOST_TEST((this_process::receive<exit_signal>().reason == exit_reason::noproc));
    });
}

// PRC-030 and rule 8: links and monitors of a dead process.
BOOST_AUTO_TEST_CASE(a_dead_process_answers_noproc) {
    in_simulation([] {
        const pid gone = spawn([] {});
        testing::probe{}.expect_end(gone);
        BOOST_TEST(static_cast<bool>(this_process::monitor(gone).id));
        BOOST_TEST((this_process::receive<down>().reason == exit_reason::noproc));
        BOOST_CHECK_THROW(this_process::link(gone), call_error);
        this_process::trap_exit(true);
        this_process::link(gone);
        BOOST_TEST((this_process::receive<exit_signal>().reason == exit_reason::noproc));
    });
}

// PRC-046: messages behind a deadly signal are never handled.
BOOST_AUTO_TEST_CASE(nothing_is_handled_behind_a_deadly_signal) {
    in_simulation([] {
        const pid owner = this_process::self();
        const auto s = spawn_monitor([owner] {
            for (;;)
                owner.send(this_process::receive<note>());
        });
        s.process.send(note{1});
        s.process.exit(exit_reason{"stop"});
        s.process.send(note{2});
        BOOST_TEST((this_process::receive<down>().reason == exit_reason{"stop"}));
        if (const auto first = this_process::receive<note>(1s))
            BOOST_TEST(first->value == 1);
        BOOST_TEST(!this_process::receive<note>(1s));
    });
}

BOOST_AUTO_TEST_CASE(a_link_or_monitor_behind_a_deadly_signal_gets_noproc) {
    in_simulation([] {
        this_process::trap_exit(true);
        for (const bool kills : {false, true}) {
            const pid idle = spawn(forever);
            this_process::sleep(1ms);
            idle.exit(kills ? exit_reason::kill : exit_reason{"why"});
            const monitor_ref watch = this_process::monitor(idle);
            this_process::link(idle);
            const auto d = this_process::receive<down>();
            BOOST_TEST((d.ref == watch));
            BOOST_TEST((d.reason == exit_reason::noproc));
            BOOST_TEST((this_process::receive<exit_signal>().reason == exit_reason::noproc));
        }
    });
}

BOOST_AUTO_TEST_CASE(nothing_is_handled_behind_a_deadly_signal_that_wakes) {
    in_simulation([] {
        int handled = 0;
        const pid idle = spawn([&] {
            this_process::receive<note>();
            ++handled;
        });
        this_process::sleep(1ms); // now the process waits
        idle.exit(exit_reason{"why"});
        idle.send(note{1});
        this_process::sleep(1ms);
        BOOST_TEST(handled == 0);
        BOOST_TEST(!idle.alive());
    });
}

// As in OTP: all signals that a receiver finds act before it looks for messages.
BOOST_AUTO_TEST_CASE(a_trapped_exit_beside_a_deadly_signal_becomes_no_message) {
    in_simulation([] {
        std::vector<std::string> received;
        const auto receive_all = [&] {
            this_process::trap_exit(true);
            for (;;)
                this_process::receive([&](note n) { received.push_back(std::to_string(n.value)); },
                                      [&](exit_signal e) { received.push_back(e.reason.text()); });
        };
        const pid alone = spawn(receive_all), behind_a_message = spawn(receive_all);
        this_process::sleep(1ms); // now the processes wait
        alone.exit(exit_reason{"trapped"});
        alone.exit(exit_reason::kill);
        this_process::sleep(1ms);
        BOOST_TEST(received.empty());
        behind_a_message.send(note{1});
        behind_a_message.exit(exit_reason{"trapped"});
        behind_a_message.send(note{2});
        behind_a_message.exit(exit_reason::kill);
        this_process::sleep(1ms);
        BOOST_TEST(received == std::vector<std::string>{"1"}, boost::test_tools::per_element());
    });
}

// A pid means one incarnation, for ever.
BOOST_AUTO_TEST_CASE(a_stale_pid_never_reaches_a_later_process) {
    in_simulation([] {
        std::vector<pid> old;
        for (int i = 0; i < 2000; ++i) {
            const auto s = spawn_monitor([] {});
            this_process::receive<down>();
            old.push_back(s.process);
        }
        const pid fresh =
            spawn([owner = this_process::self()] { owner.send(this_process::receive<note>()); });
        for (const pid p : old) {
            BOOST_TEST(!p.alive());
            BOOST_TEST((p != fresh));
            p.send(note{1});
        }
        BOOST_TEST(!this_process::receive<note>(1s));
    });
}

// DESIGN: kill acts at suspension points, and a swallowed one is thrown again.
BOOST_AUTO_TEST_CASE(a_swallowed_kill_comes_again) {
    in_simulation([] {
        static int swallowed;
        swallowed = 0;
        const auto s = spawn_monitor([] {
            for (;;) {
                try {
                    this_process::sleep(1s);
                } catch (const std::exception&) {
                    BOOST_ERROR("a kill is no std::exception");
                } catch (...) {
                    if (++swallowed == 3)
                        throw;
                }
            }
        });
        this_process::sleep(1ms);
        s.process.exit(exit_reason::kill);
        // It exits logically at once, though its code runs on for a while.
        BOOST_TEST((this_process::receive<down>().reason == exit_reason::killed));
        this_process::sleep(10s);
        BOOST_TEST(swallowed == 3);
    });
}

BOOST_AUTO_TEST_CASE(destructors_may_wait_while_a_killed_process_unwinds) {
    in_simulation([] {
        static bool cleaned;
        cleaned = false;
        const auto s = spawn_monitor([] {
            struct slow_cleaner {
                ~slow_cleaner() {
                    this_process::sleep(1s);
                    cleaned = true;
                }
            } c;
            forever();
        });
        this_process::sleep(1ms);
        s.process.exit(exit_reason::kill);
        this_process::receive<down>();
        this_process::sleep(5s);
        BOOST_TEST(cleaned);
    });
}

// The process sees the wake-up of the signal when its destructor waits already.
BOOST_AUTO_TEST_CASE(destructors_wait_their_time_when_a_process_has_sent_itself_an_exit) {
    for (const exit_reason& why : {exit_reason::normal, exit_reason::kill, exit_reason{"boom"}})
        in_simulation([&why] {
            static time_limit::clock::duration waited;
            waited = {};
            const auto s = spawn_monitor([&why] {
                struct slow_cleaner {
                    time_limit::clock::time_point begin = this_process::now();
                    ~slow_cleaner() {
                        this_process::sleep(20ms);
                        waited = this_process::now() - begin;
                    }
                } c;
                this_process::sleep(1ms); // now it has a thread, which gets the wake-up
                this_process::self().exit(why);
            });
            std::ignore = s;
            this_process::receive<down>();
            BOOST_TEST((waited >= 21ms));
        });
}

// DESIGN 3: Boost before 1.88 shares the exceptions in flight between fibers.
BOOST_AUTO_TEST_CASE(a_wait_inside_a_catch_block_keeps_its_own_exception) {
    in_simulation([] {
        constexpr int many = 50;
        for (int i = 0; i < many; ++i)
            spawn(
                [](int n, pid owner) {
                    try {
                        throw std::runtime_error{std::to_string(n)};
                    } catch (const std::runtime_error&) {
                        this_process::sleep(std::chrono::milliseconds{n % 7 + 1});
                        try {
                            throw;
                        } catch (const std::runtime_error& e) {
                            owner.send(note{e.what() == std::to_string(n) ? 1 : 0});
                        }
                    }
                },
                i, this_process::self());
        int right = 0;
        for (int i = 0; i < many; ++i)
            right += this_process::receive<note>().value;
        BOOST_TEST(right == many);
        BOOST_TEST(std::uncaught_exceptions() == 0);
    });
}

BOOST_AUTO_TEST_CASE(verbs_outside_a_process_say_what_is_missing) {
    BOOST_CHECK_EXCEPTION(this_process::trap_exit(true), std::logic_error, [](const auto& e) {
        return std::string{e.what()}.find("trap_exit needs a process") != std::string::npos;
    });
    BOOST_CHECK_EXCEPTION(spawn([] {}), std::logic_error, [](const auto& e) {
        return std::string{e.what()}.find("runtime is not running") != std::string::npos;
    });
}

BOOST_AUTO_TEST_CASE(info_tells_what_a_process_is_and_does) {
    in_simulation([] {
        const pid p = spawn(forever);
        register_name("sleeper", p).value();
        this_process::sleep(1ms);
        const auto i = process_info(p);
        BOOST_REQUIRE(i.has_value());
        BOOST_TEST(i->name == "sleeper");
        BOOST_TEST((i->status == process_status::waiting));
        BOOST_TEST(i->messages == 0U);
        const auto all = processes();
        BOOST_TEST((std::find(all.begin(), all.end(), p) != all.end()));
        p.exit(exit_reason::kill);
        this_process::sleep(1ms);
        BOOST_TEST(!process_info(p).has_value());
    });
}

BOOST_AUTO_TEST_CASE(info_lists_the_links_and_monitors_of_another_process) {
    in_simulation([] {
        const pid me = this_process::self();
        const pid friend_of_it = spawn(forever);
        const pid waits_for_mail = spawn([&] {
            this_process::link(friend_of_it);
            std::ignore = this_process::monitor(me);
            std::ignore = this_process::monitor(me);
            forever();
        });
        const pid waits_for_an_end = spawn([&] {
            this_process::link(friend_of_it);
            this_process::sleep(1h);
        });
        this_process::sleep(1ms);
        const auto i = process_info(waits_for_mail);
        BOOST_REQUIRE(i.has_value());
        BOOST_TEST((i->parent == me));
        BOOST_TEST((i->links == std::vector{friend_of_it}));
        BOOST_TEST((i->monitors == std::vector{me, me}));
        BOOST_TEST((process_info(waits_for_an_end)->links == std::vector{friend_of_it}));
        BOOST_TEST(process_info(friend_of_it)->links.size() == 2U);
        BOOST_TEST((this_process::info().process == me));
        BOOST_TEST((process_info(me)->status == process_status::running));
        friend_of_it.exit(exit_reason::kill);
    });
}

BOOST_AUTO_TEST_CASE(info_tells_of_a_process_that_has_exited_and_still_unwinds) {
    in_simulation([] {
        static std::optional<process_snapshot> of_itself;
        const pid p = spawn([] {
            struct slow_cleaner {
                ~slow_cleaner() {
                    of_itself = this_process::info();
                    this_process::sleep(1s);
                }
            } c;
            forever();
        });
        register_name("cleaner", p).value();
        this_process::sleep(1ms);
        p.exit(exit_reason::kill);
        this_process::sleep(1ms);
        BOOST_TEST(!p.alive());
        for (const auto& i : {process_info(p), process_info_from_outside(p), of_itself}) {
            BOOST_REQUIRE(i.has_value());
            BOOST_TEST((i->process == p));
            BOOST_TEST((i->status == process_status::exiting));
            BOOST_TEST(i->name.empty());
            BOOST_TEST(!i->type.empty());
        }
        this_process::sleep(5s);
        BOOST_TEST(!process_info(p).has_value());
        BOOST_TEST(!process_info_from_outside(p).has_value());
    });
}

// A destructor that runs while another exception unwinds: the kill waits until that is caught.
BOOST_AUTO_TEST_CASE(info_tells_of_a_process_whose_exit_is_pending) {
    in_simulation([] {
        const pid p = spawn([] {
            struct slow_cleaner {
                ~slow_cleaner() { this_process::sleep(1s); }
            };
            try {
                const slow_cleaner c;
                throw std::runtime_error{"a detail"};
            } catch (const std::runtime_error&) {
                forever();
            }
        });
        this_process::sleep(1ms);
        BOOST_TEST((process_info_from_outside(p).value().status == process_status::waiting));
        p.exit(exit_reason::kill);
        this_process::sleep(1ms);
        BOOST_TEST(p.alive());
        BOOST_TEST((process_info_from_outside(p).value().status == process_status::exiting));
        BOOST_TEST((process_info(p).value().status ==
                    process_status::exiting)); // it does not answer any more
        this_process::sleep(5s);
        BOOST_TEST(!process_info(p).has_value());
    });
}

BOOST_AUTO_TEST_CASE(info_does_not_wait_for_ever_for_a_busy_process) {
    runtime::start({.threads = 2});
    std::atomic<bool> running{false}, looked{false};
    const pid busy = spawn([&] {
        std::ignore = this_process::monitor(this_process::self());
        running = true;
        while (!looked)
            std::this_thread::yield();
    });
    while (!running)
        std::this_thread::yield();
    const auto i = process_info(busy);
    looked = true;
    BOOST_REQUIRE(i.has_value());
    BOOST_TEST(i->monitors.empty());
    runtime::stop();
}

BOOST_AUTO_TEST_SUITE_END()
