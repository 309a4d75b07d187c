// SPDX-License-Identifier: BSL-1.0
#pragma once
// A fixture for supervision trees in virtual time: children that record their starts and stops.
#include <boost/test/unit_test.hpp>
#include <coppice.hpp>
#include <coppice/testing.hpp>
#include <iterator>

namespace tree_fixture {

using namespace coppice;
using namespace std::chrono_literals;

/// The recorded events, in order. One thread runs a simulation, so it needs no lock.
inline std::vector<std::string> event_log;

inline void note(std::string what) { event_log.push_back(std::move(what)); }

/// Lets all processes run until they wait, and lets a little time pass.
inline void settle(time_limit::clock::duration d = 1ms) { this_process::sleep(d); }

/// The events since the last call.
inline std::vector<std::string> happened() {
    settle();
    return std::exchange(event_log, {});
}

using lines = std::vector<std::string>;

inline void check_happened(const lines& expected) {
    const lines got = happened();
    BOOST_TEST(got == expected, boost::test_tools::per_element());
}

/// Tells a worker to exit with this reason.
struct end_with {
    exit_reason why;
};
/// Tells a worker to throw.
struct fail {};

struct worker_options {
    bool trap = true;
    std::chrono::milliseconds terminate_takes{0};
};

/// A child that records its start and its stop.
class worker {
public:
    explicit worker(std::string id, worker_options o = {}) : id_{std::move(id)}, options_{o} {
        this_process::trap_exit(o.trap);
        note("start " + id_);
    }
    void handle_cast(end_with e) { this_process::exit(e.why); }
    void handle_cast(fail) { throw std::runtime_error{"boom"}; }
    void handle_info(exit_signal) {}
    void terminate(const exit_reason& why) {
        this_process::sleep(options_.terminate_takes);
        note("stop " + id_ + (why.is_error() ? " error" : " " + why.text()));
    }

private:
    std::string id_;
    worker_options options_;
};

inline child_of<worker> a_worker(const std::string& id, worker_options o = {}) {
    return child<worker>(id, id, o);
}

/// A child whose k-th start has the k-th of these outcomes; the last one repeats. It is a function
/// process that any exit signal ends.
enum class start { ok, error, ignore, exit, raise };

inline child_spec scripted(std::string id, std::vector<start> script) {
    struct play {
        std::vector<start> script;
        std::size_t next = 0;
    };
    auto p = std::make_shared<play>(play{std::move(script)});
    auto next_start = [id, p]() -> start_result {
        const start now = p->script[std::min(p->next++, p->script.size() - 1)];
        switch (now) {
        case start::ok:
            note("start " + id);
            return spawn_link([] { this_process::receive<end_with>(infinity); });
        case start::error:
            note("no start " + id);
            return start_result::failed(exit_reason{"nope"});
        case start::ignore:
            note("ignore " + id);
            return start_result::ignored();
        case start::exit:
            this_process::exit(exit_reason{"quit"});
        case start::raise:
            throw std::runtime_error{"raised"};
        }
        return start_result::ignored();
    };
    return {.id = std::move(id), .start = std::move(next_start)};
}

inline child_info info_of(const supervisor_ref& sup, std::string_view id) {
    for (auto& c : supervisor::which_children(sup))
        if (c.id == id)
            return c;
    BOOST_FAIL("no child " << id);
    return {};
}

inline pid pid_of(const supervisor_ref& sup, std::string_view id) {
    return info_of(sup, id).process;
}

/// Tells the worker with this id to exit.
inline void end(const supervisor_ref& sup, std::string_view id, const exit_reason& why) {
    server_ref<worker>{pid_of(sup, id)}.cast(end_with{why});
}

/// The ids in the order of `which_children`, each with its status unless it runs.
inline lines listed(const supervisor_ref& sup) {
    lines all;
    for (const auto& c : supervisor::which_children(sup))
        all.push_back(c.status == child_status::running
                          ? c.id
                          : c.id + " " + std::string{to_string(c.status)});
    return all;
}

/// Waits for the exit of a process and returns its reason as text.
inline std::string end_of(pid process) {
    const monitor_ref watch = this_process::monitor(process);
    return this_process::receive(
        when([&](const down& d) { return d.ref == watch; }, [](down d) { return d.reason.text(); }),
        after(1h, [] { return std::string{"still there"}; }));
}

/// Runs `f` as a process of a simulation, under several seeds. The process traps exits, so that it
/// may be the parent of trees that exit.
inline void play(const std::function<void()>& f) {
    for (const auto seed : testing::seeds(4))
        BOOST_TEST_CONTEXT("seed " << seed) {
            event_log.clear();
            testing::simulation{seed}.run([&] {
                this_process::trap_exit(true);
                f();
            });
        }
}

const exit_reason boom{"boom"};

} // namespace tree_fixture
