// SPDX-License-Identifier: BSL-1.0
// A process whose stack ends in std::terminate exits, and the program goes on.
#include "in_simulation.hpp"
#include "recorded_events.hpp"
#include <boost/test/unit_test.hpp>
#include <coppice/gen_server.hpp>
#include <coppice/names.hpp>
#include <coppice/report.hpp>
#include <coppice/runtime.hpp>
#include <functional>
#include <stdexcept>

using namespace coppice;
using namespace std::chrono_literals;

namespace {

struct go {};
struct ask {
    using reply = int;
};

void forever() { this_process::sleep(infinity); }

struct waits_at_scope_exit {
    ~waits_at_scope_exit() { forever(); }
};

/// Ways in which a function reaches std::terminate by itself.
template <class E>
[[gnu::noinline]] void raise() { // hides the throw from a warning of the compiler
    throw E{"boom"};
}
void throw_out_of_noexcept() noexcept { raise<std::runtime_error>(); }
void throw_out_of_a_destructor() {
    struct throws {
        ~throws() { raise<std::logic_error>(); }
    } at_exit;
}
void throw_while_unwinding() {
    struct throws {
        ~throws() { raise<std::logic_error>(); }
    } at_exit;
    throw 1;
}
void throw_in_a_catch_block() {
    try {
        throw 1;
    } catch (int) {
        throw_out_of_noexcept();
    }
}
void call_terminate() { std::terminate(); }
void exit_in_noexcept() noexcept { this_process::exit(exit_reason{"on purpose"}); }
void terminate_in_a_condition() {
    this_process::self().send(go{});
    this_process::receive(when([](const go&) -> bool { std::terminate(); }, [](go) {}),
                          after(1s, [] {}));
}

class fragile {
public:
    explicit fragile(std::function<void()> at_start = {}) {
        if (at_start)
            at_start();
    }
    void handle_cast(std::function<void()> f) { f(); }
    int handle_call(ask) {
        throw_out_of_noexcept();
        return 1;
    }
    void handle_cast(go) noexcept { forever(); }
};

class fragile_at_the_end {
public:
    explicit fragile_at_the_end(bool in_terminate) : in_terminate_{in_terminate} {}
    fragile_at_the_end(const fragile_at_the_end&) = delete;
    fragile_at_the_end& operator=(const fragile_at_the_end&) = delete;
    ~fragile_at_the_end() {
        if (!in_terminate_)
            throw_out_of_noexcept();
    }
    void terminate(const exit_reason&) {
        if (in_terminate_)
            throw_out_of_noexcept();
    }
    void handle_cast(go) {}

private:
    bool in_terminate_;
};

exit_reason end_of(pid p) {
    const auto watch = this_process::monitor(p);
    exit_reason why;
    this_process::receive(
        when([&](const down& d) { return d.ref == watch; }, [&](down d) { why = d.reason; }));
    return why;
}

exit_reason end_of(void (*f)()) {
    std::ignore = spawn_monitor(f);
    return this_process::receive<down>().reason;
}

exit_reason terminated(std::string_view what) {
    return exit_reason::tagged("terminate", exit_reason{what});
}

inline constexpr server_name<fragile> the_fragile{"fragile"};

} // namespace

BOOST_AUTO_TEST_SUITE(abandon_suite)

BOOST_AUTO_TEST_CASE(a_function_that_ends_in_terminate_ends_its_process_alone) {
    in_simulation([] {
        const exit_reason runtime_error = terminated("std::runtime_error: boom");
        const exit_reason logic_error = terminated("std::logic_error: boom");
        BOOST_TEST((end_of(throw_out_of_noexcept) == runtime_error));
        BOOST_TEST((end_of(throw_out_of_a_destructor) == logic_error));
        BOOST_TEST((end_of(throw_while_unwinding) == logic_error));
        BOOST_TEST((end_of(throw_in_a_catch_block) == runtime_error));
        BOOST_TEST((end_of(exit_in_noexcept) == exit_reason{"on purpose"}));
        BOOST_TEST((end_of(call_terminate) == terminated("std::terminate was called")));
        BOOST_TEST((end_of(terminate_in_a_condition) == terminated("std::terminate was called")));
        BOOST_TEST(std::uncaught_exceptions() == 0);
        BOOST_TEST(!std::current_exception());
        this_process::sleep(1h); // no timer of an abandoned stack fires
    });
}

BOOST_AUTO_TEST_CASE(a_kill_that_meets_a_destructor_ends_its_process_with_killed) {
    in_simulation([] {
        const pid p = spawn([] {
            { const waits_at_scope_exit last; }
            BOOST_ERROR("the destructor waits for ever");
        });
        this_process::sleep(1ms);
        p.exit(exit_reason::kill);
        BOOST_TEST((end_of(p) == exit_reason::noproc || !p.alive()));
        const auto s = spawn_monitor([] { const waits_at_scope_exit last; });
        this_process::sleep(1ms);
        s.process.exit(exit_reason{"enough"});
        BOOST_TEST((this_process::receive<down>().reason == exit_reason{"enough"}));
    });
}

BOOST_AUTO_TEST_CASE(a_server_that_ends_in_terminate_leaves_nothing_behind_but_memory) {
    in_simulation([] {
        const auto s = start<fragile>({.name = the_fragile});
        const auto answer = s.try_call(ask{});
        BOOST_TEST((answer.error().code == errc::exited));
        BOOST_TEST((answer.error().reason == terminated("std::runtime_error: boom")));
        BOOST_TEST(!whereis("fragile"));
        const auto again = start<fragile>({.name = the_fragile});
        again.cast(go{});
        auto waiting = again.send_request(ask{});
        this_process::sleep(1ms);
        again.process().exit(exit_reason::kill); // the handler waits, and is noexcept
        BOOST_TEST((waiting.try_get(1s).error().reason == exit_reason::killed));
        BOOST_TEST(!again.process().alive());
    });
}

BOOST_AUTO_TEST_CASE(a_start_whose_constructor_ends_in_terminate_fails) {
    in_simulation([] {
        const auto s = try_start<fragile>(throw_out_of_noexcept);
        BOOST_TEST((s.error().code == errc::start_failed));
        BOOST_TEST((s.error().reason == terminated("std::runtime_error: boom")));
    });
}

BOOST_AUTO_TEST_CASE(terminate_and_the_destructor_may_end_in_terminate) {
    in_simulation([] {
        for (const bool in_terminate : {true, false}) {
            const auto s = start<fragile_at_the_end>(in_terminate);
            const auto watch = this_process::monitor(s.process());
            std::ignore = s.try_stop();
            const auto d = this_process::receive<down>(1min);
            BOOST_REQUIRE(d.has_value());
            BOOST_TEST((d->ref == watch));
            // The object is destroyed after it has exited, and the reason is known by then.
            BOOST_TEST((d->reason == (in_terminate ? terminated("std::runtime_error: boom")
                                                   : exit_reason::normal)));
        }
    });
}

BOOST_AUTO_TEST_CASE(links_are_told_and_the_report_says_where) {
    in_simulation([] {
        recorded_events<stack_abandoned> reports;
        const std::size_t before = runtime::abandoned_stacks();
        this_process::trap_exit(true);
        const pid p = spawn_link(throw_out_of_noexcept);
        BOOST_TEST((this_process::receive<exit_signal>().from == p));
        BOOST_TEST(runtime::abandoned_stacks() == before + 1);
        log::flush();
        BOOST_REQUIRE(reports.all.size() == 1U);
        BOOST_TEST((reports.all[0].process == p));
        BOOST_TEST((reports.all[0].reason == terminated("std::runtime_error: boom")));
        BOOST_TEST(!reports.all[0].trace.empty());
    });
}

BOOST_AUTO_TEST_CASE(the_function_of_run_may_end_in_terminate) {
    BOOST_CHECK_EXCEPTION(runtime::run(throw_out_of_noexcept), call_error, [](const call_error& e) {
        return e.reason() == terminated("std::runtime_error: boom");
    });
    BOOST_TEST(!runtime::running());
}

BOOST_AUTO_TEST_CASE(threads_end_though_stacks_were_left_on_them) {
    runtime::start({.threads = 2});
    const std::size_t before = runtime::abandoned_stacks();
    std::atomic<int> ended{0};
    runtime::run([&] {
        for (int i = 0; i < 200; ++i)
            std::ignore = spawn_monitor(i % 2 ? throw_out_of_noexcept : throw_while_unwinding);
        for (int i = 0; i < 200; ++i)
            ended += this_process::receive<down>().reason.is_tagged();
    });
    BOOST_TEST(runtime::stop().empty());
    BOOST_TEST(ended == 200);
    BOOST_TEST(runtime::abandoned_stacks() == before + 200);
}

BOOST_AUTO_TEST_SUITE_END()
