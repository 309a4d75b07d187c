// SPDX-License-Identifier: BSL-1.0
// What a process may still do while it exits: a table of phases by operations.
#include "in_simulation.hpp"
#include <algorithm>
#include <atomic>
#include <boost/test/unit_test.hpp>
#include <coppice/gen_server.hpp>
#include <coppice/names.hpp>
#include <coppice/process.hpp>
#include <coppice/process_info.hpp>
#include <coppice/receive.hpp>
#include <coppice/runtime.hpp>
#include <functional>
#include <string>
#include <thread>

using namespace coppice;
using namespace std::chrono_literals;

namespace {

struct note {
    std::string text;
};
struct ask {
    using reply = int;
};

class helper {
public:
    int handle_call(ask) { return 7; }
};

void forever() { this_process::sleep(infinity); }

/// An operation in a dying process; returns its outcome.
using operation = std::function<std::string(const struct around&)>;

/// The other processes that the operation uses. All of them outlive the dying process.
struct around {
    pid partner;             // alive
    pid dead;                // not alive
    server_ref<helper> asks; // a live server
    pid* child;              // started by the operation, if any
};

/// When the operation runs: the process exits ...
enum class phase : std::uint8_t {
    exit_pending,   ///< ... and has not waited since its exit signal came
    unwinding,      ///< ... and a destructor on its stack runs
    after_swallow,  ///< ... and a `catch (...)` has swallowed the exit a second time
    being_destroyed ///< ... and the destructor of its server object runs
};

struct runs_at_scope_exit {
    const operation& what;
    const around& where;
    std::string& result;
    ~runs_at_scope_exit() { result = what(where); }
};

class server_that_says_it_late {
public:
    server_that_says_it_late(const operation* o, const around* a, std::string* r)
        : what_{o}, where_{a}, result_{r} {}
    server_that_says_it_late(const server_that_says_it_late&) = delete;
    server_that_says_it_late& operator=(const server_that_says_it_late&) = delete;
    ~server_that_says_it_late() { *result_ = (*what_)(*where_); }
    void handle_cast(note) {}

private:
    const operation* what_;
    const around* where_;
    std::string* result_;
};

void body(phase p, const operation& what, const around& where, std::string& result) {
    switch (p) {
    case phase::exit_pending:
        this_process::receive([](note) {}); // the kill is behind it, and has not acted yet
        result = what(where);
        return;
    case phase::unwinding: {
        const runs_at_scope_exit last{what, where, result};
        return forever();
    }
    case phase::after_swallow:
        for (int times = 0;; ++times)
            try {
                forever();
            } catch (...) {
                if (times == 0)
                    continue;
                result = what(where);
                throw;
            }
    case phase::being_destroyed:
        return;
    }
}

struct outcome {
    std::string result;
    bool child_lives;       // long after
    bool partner_is_linked; // still, long after
    exit_reason reason;     // in the `down` of a monitor
};

outcome run(phase p, const operation& what) {
    outcome out;
    pid child;
    const pid partner = spawn([&] {
        this_process::trap_exit(true);
        for (;;)
            this_process::receive([](note) {}, [](exit_signal) {});
    });
    const pid dead = spawn([] {});
    this_process::sleep(1ms);
    const around where{partner, dead, start<helper>(), &child};
    pid dying;
    if (p == phase::being_destroyed)
        dying = start<server_that_says_it_late>(&what, &where, &out.result);
    else
        dying = spawn([&, p] { body(p, what, where, out.result); });
    const auto watch = this_process::monitor(dying);
    this_process::sleep(1ms);
    if (p == phase::exit_pending)
        dying.send(note{"now"});
    dying.exit(exit_reason::kill);
    this_process::receive(when([&](const down& d) { return d.ref == watch; },
                               [&](down d) { out.reason = d.reason; }));
    this_process::sleep(1min);
    out.child_lives = child.alive();
    const auto links = process_info(partner)->links;
    out.partner_is_linked = std::find(links.begin(), links.end(), dying) != links.end();
    partner.exit(exit_reason::kill);
    if (child)
        child.exit(exit_reason::kill);
    where.asks.stop();
    return out;
}

struct row {
    const char* name;
    operation what;
    std::string result; ///< in every phase
};

const row table[] = {
    {"send",
     [](const around& a) {
         a.partner.send(note{"late"});
         return "sent";
     },
     "sent"},
    {"send to the dead",
     [](const around& a) {
         a.dead.send(note{"late"});
         return "sent";
     },
     "sent"},
    {"send to oneself",
     [](const around&) {
         this_process::self().send(note{"x"});
         return "sent";
     },
     "sent"},
    {"link",
     [](const around& a) {
         this_process::link(a.partner);
         return "linked";
     },
     "linked"},
    {"link with the dead",
     [](const around& a) {
         this_process::link(a.dead);
         return "nothing";
     },
     "nothing"},
    {"unlink",
     [](const around& a) {
         this_process::unlink(a.partner);
         return "unlinked";
     },
     "unlinked"},
    {"monitor",
     [](const around& a) { return this_process::monitor(a.partner).id != 0 ? "watched" : ""; },
     "watched"},
    {"demonitor",
     [](const around& a) {
         return this_process::demonitor(this_process::monitor(a.partner), this_process::flush::yes)
                    ? ""
                    : "";
     },
     ""},
    {"trap_exit",
     [](const around&) {
         this_process::trap_exit(true);
         return "set";
     },
     "set"},
    {"exit another",
     [](const around& a) {
         a.partner.exit(exit_reason{"x"});
         return "told";
     },
     "told"},
    {"spawn_link",
     [](const around& a) {
         *a.child = spawn_link(forever);
         return a.child->alive() ? "alive" : "dead";
     },
     "alive"},
    {"spawn",
     [](const around& a) {
         *a.child = spawn(forever);
         return "started";
     },
     "started"},
    {"send_after",
     [](const around& a) {
         a.partner.send_after(1s, note{"x"});
         return "set";
     },
     "set"},
};

const row waits[] = {
    {"call",
     [](const around& a) {
         const auto r = a.asks.try_call(ask{});
         return r ? std::to_string(*r) : "failed";
     },
     "7"},
    {"sleep",
     [](const around&) {
         const auto before = this_process::now();
         this_process::sleep(10ms);
         return this_process::now() - before >= 10ms ? "slept" : "woken";
     },
     "slept"},
    {"receive for a while",
     [](const around&) { return this_process::receive<note>(10ms) ? "mail" : "none"; }, "none"},
    {"start_link",
     [](const around& a) {
         const auto s = try_start_link<helper>();
         if (s)
             *a.child = s->process();
         return s ? "started" : "failed";
     },
     "started"},
};

bool links_a_child(const row& r) {
    return std::string_view{r.name} == "spawn_link" || std::string_view{r.name} == "start_link";
}

void check(phase p, const row& r) {
    const outcome o = run(p, r.what);
    BOOST_TEST_CONTEXT(r.name << " in phase " << static_cast<int>(p)) {
        BOOST_TEST(o.result == r.result);
        BOOST_TEST(!o.partner_is_linked);
        BOOST_TEST((o.reason == exit_reason::killed));
        if (links_a_child(r))
            BOOST_TEST(!o.child_lives);
    }
}

} // namespace

BOOST_AUTO_TEST_SUITE(dying_suite)

BOOST_AUTO_TEST_CASE(operations_that_need_not_wait_work_in_every_phase) {
    in_simulation([] {
        for (const row& r : table)
            for (const phase p : {phase::exit_pending, phase::unwinding, phase::after_swallow,
                                  phase::being_destroyed})
                check(p, r);
    });
}

// After a catch (...), or while the exit is pending, a wait is a cancellation point.
BOOST_AUTO_TEST_CASE(destructors_may_wait_and_get_what_they_wait_for) {
    in_simulation([] {
        for (const row& r : waits)
            for (const phase p : {phase::unwinding, phase::being_destroyed})
                check(p, r);
    });
}

BOOST_AUTO_TEST_CASE(a_wait_is_a_cancellation_point) {
    in_simulation([] {
        for (const row& r : waits)
            for (const phase p : {phase::exit_pending, phase::after_swallow}) {
                const outcome o = run(p, r.what);
                BOOST_TEST_CONTEXT(r.name << " in phase " << static_cast<int>(p)) {
                    BOOST_TEST(o.result == "");
                    BOOST_TEST((o.reason == exit_reason::killed));
                    BOOST_TEST(!o.child_lives);
                }
            }
    });
}

BOOST_AUTO_TEST_CASE(a_dying_process_gets_no_name) {
    in_simulation([] {
        for (const phase p : {phase::unwinding, phase::after_swallow, phase::being_destroyed}) {
            run(p, [](const around&) {
                BOOST_TEST(
                    (register_name("late", this_process::self()).error().code == errc::noproc));
                return "";
            });
            BOOST_TEST(!whereis("late"));
        }
    });
}

BOOST_AUTO_TEST_CASE(the_end_is_told_when_the_stack_has_unwound) {
    in_simulation([] {
        bool unwound = false;
        const auto s = spawn_monitor([&] {
            struct slow {
                bool& done;
                ~slow() {
                    this_process::sleep(500ms);
                    done = true;
                }
            } last{unwound};
            forever();
        });
        this_process::sleep(1ms);
        s.process.exit(exit_reason::kill);
        this_process::receive<down>();
        BOOST_TEST(unwound);
    });
}

BOOST_AUTO_TEST_CASE(the_end_of_a_killed_process_is_told_after_a_second_at_the_latest) {
    in_simulation([] {
        const auto s = spawn_monitor([&] {
            struct very_slow {
                ~very_slow() { this_process::sleep(1h); }
            } last;
            forever();
        });
        this_process::sleep(1ms);
        const auto before = this_process::now();
        s.process.exit(exit_reason::kill);
        BOOST_TEST((this_process::receive<down>().reason == exit_reason::killed));
        BOOST_TEST((this_process::now() - before < 1100ms));
        BOOST_TEST(!s.process.alive());
        this_process::sleep(2h);
    });
}

// A kill that comes while another exception unwinds waits until that is caught.
BOOST_AUTO_TEST_CASE(a_kill_does_not_cut_the_wait_of_a_destructor_short) {
    in_simulation([] {
        std::chrono::steady_clock::duration slept{};
        const auto s = spawn_monitor([&] {
            struct sleeper {
                std::chrono::steady_clock::duration& slept;
                ~sleeper() {
                    const auto before = this_process::now();
                    this_process::sleep(1s);
                    slept = this_process::now() - before;
                }
            };
            try {
                const sleeper last{slept};
                throw 1;
            } catch (int) {
                this_process::yield();
            }
            BOOST_ERROR("yield is a cancellation point");
        });
        this_process::sleep(1ms);
        s.process.exit(exit_reason::kill);
        BOOST_TEST((this_process::receive<down>().reason == exit_reason::killed));
        BOOST_TEST((slept >= 1s));
    });
}

// The kill may come when the child is made and its constructor has not begun.
BOOST_AUTO_TEST_CASE(a_kill_in_the_middle_of_a_start_leaves_neither_starter_nor_child) {
    runtime::start({.threads = 2});
    constexpr int starters = 300;
    for (int i = 0; i < starters; ++i) {
        static std::atomic<bool> has_begun;
        has_begun = false;
        const pid starter = spawn([] {
            for (;;) {
                const auto s = start<helper>();
                has_begun = true;
                s.stop();
            }
        });
        while (!has_begun)
            std::this_thread::yield();
        starter.exit(exit_reason::kill);
    }
    BOOST_TEST(runtime::stop(20s).empty());
}

// A stop first refuses all starts, and kills a moment later.
BOOST_AUTO_TEST_CASE(a_process_that_a_stop_refuses_a_start_ends_as_killed) {
    for (int round = 0; round < 50; ++round) {
        runtime::start({.threads = 2});
        std::atomic<bool> runs{false}, is_refused{false};
        spawn([&] {
            for (;;) {
                const auto s = try_start<helper>();
                is_refused = is_refused || !s;
                runs = true;
                s->stop();
            }
        });
        while (!runs)
            std::this_thread::yield();
        BOOST_TEST(runtime::stop().empty());
        BOOST_TEST(!is_refused);
    }
}

BOOST_AUTO_TEST_SUITE_END()
