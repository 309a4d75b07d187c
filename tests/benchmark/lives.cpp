// SPDX-License-Identifier: BSL-1.0
// W4, W5, W7, W8, W9, W11: processes that begin and end.
#include "counter.hpp"
#include "figure.hpp"
#include "workloads.hpp"
#include <coppice.hpp>

namespace benchmark {

using namespace coppice;
using namespace std::chrono_literals;

namespace {

struct ended {};
struct sum {
    long value;
};

/// A server that is linked to another process and does nothing.
class leaf {
public:
    explicit leaf(pid center) { this_process::link(center); }
    void handle_cast(ended) {}
};

/// A leaf sends its number; an inner node sends the sum of its ten children.
void skynet_node(pid parent, long first, long leaves) {
    if (leaves == 1)
        return parent.send(sum{first});
    const long each = leaves / 10;
    for (long i = 0; i < 10; ++i)
        spawn(skynet_node, this_process::self(), first + i * each, each);
    long total = 0;
    for (int i = 0; i < 10; ++i)
        total += this_process::receive<sum>().value;
    parent.send(sum{total});
}

inline constexpr server_name<counter> the_counter{"W8 counter"};
inline constexpr server_name<dynamic_supervisor> the_children{"W9 children"};

/// What a server takes when it also has a supervisor, or a name.
void report_supervised_and_named_bytes() {
    constexpr int servers = 100'000;
    const auto tree = start<dynamic_supervisor>({.name = the_children});
    const double before = resident_bytes();
    for (int i = 0; i < servers; ++i)
        dynamic_supervisor::start_child(tree, child<counter>("c"));
    const double supervised = resident_bytes() - before;
    report("W5", "bytes_per_supervised_server", supervised / servers, "B", true);

    std::vector<std::string> names;
    for (int i = 0; i < servers; ++i)
        names.push_back("name " + std::to_string(i));
    const double before_names = resident_bytes();
    for (const auto& name : names)
        register_name(name, start<counter>()).value();
    const double named = resident_bytes() - before_names;
    report("W5", "bytes_per_named_server", named / servers, "B", true);
}

/// Calls until the restarted server answers.
long call_when_back() {
    for (;;) {
        if (const auto answer = the_counter.try_call(add_and_get{1}))
            return *answer;
        this_process::yield();
    }
}

struct children_cost {
    double us_per_start, us_per_stop;
    bool right;
};

children_cost start_and_stop_children(std::size_t children) {
    const double n = static_cast<double>(children);
    const auto tree = start<dynamic_supervisor>({.name = the_children});
    stopwatch starting;
    for (std::size_t i = 0; i < children; ++i)
        dynamic_supervisor::start_child(tree, child<counter>("c"));
    const double us_per_start = starting.ns_each(n) / 1000;
    const bool right = dynamic_supervisor::count_children(tree).active == children;
    stopwatch stopping;
    tree.stop(exit_reason::shutdown);
    return {us_per_start, stopping.ns_each(n) / 1000, right};
}

} // namespace

void w4_spawn() {
    constexpr int processes = 1'000'000, at_once = 10'000;
    runtime::run([] {
        const pid owner = this_process::self();
        int running = 0, over = 0;
        stopwatch w;
        for (int i = 0; i < processes; ++i) {
            if (running == at_once) {
                this_process::receive<ended>();
                --running, ++over;
            }
            spawn([owner] { owner.send(ended{}); });
            ++running;
        }
        for (; over < processes; ++over)
            this_process::receive<ended>();
        report("W4", "ns_per_process", w.ns_each(processes), "ns", over == processes);
    });
}

void w5_idle_servers() {
    constexpr int servers = 1'000'000;
    runtime::run([] {
        std::vector<server_ref<counter>> all;
        all.reserve(servers);
        const double before = resident_bytes();
        stopwatch w;
        for (int i = 0; i < servers; ++i)
            all.push_back(start<counter>());
        const double ns = w.ns_each(servers);
        // The references themselves became resident too; they are not the servers'.
        const double idle = resident_bytes() - before - double{servers} * sizeof(all[0]);
        long answered = 0;
        for (const auto& s : all)
            answered += s.call(add_and_get{1});
        const double called = resident_bytes() - before - double{servers} * sizeof(all[0]);
        const bool right = answered == servers;
        report("W5", "bytes_per_server", idle / servers, "B", right);
        report("W5", "ns_per_start", ns, "ns", right);
        report("W5", "bytes_per_server_after_a_call", called / servers, "B", right);
        report_supervised_and_named_bytes();
    });
}

void w7_skynet() {
    runtime::run([] {
        stopwatch w;
        spawn(skynet_node, this_process::self(), 0L, 1'000'000L);
        const long total = this_process::receive<sum>().value;
        report("W7", "seconds", w.seconds(), "s", total == 499'999'500'000L);
    });
}

void w8_restart() {
    constexpr int crashes = 20'000, first = 1'000;
    runtime::run([] {
        const auto tree =
            start_link<supervisor>(supervisor_flags{.intensity = 1'000'000, .period = 1s},
                                   std::vector<child_spec>{child<counter>(the_counter)});
        bool right = call_when_back() == 1;
        double first_us = 0;
        stopwatch w;
        for (int i = 0; i < crashes; ++i) {
            if (i == first)
                first_us = w.ns_each(first) / 1000;
            the_counter.cast(fail{});
            right &= call_when_back() == 1;
        }
        report("W8", "us_per_restart", w.ns_each(crashes) / 1000, "us", right);
        report("W8", "us_per_restart_first_1000", first_us, "us", right);
        this_process::unlink(tree);
        tree.stop();
    });
}

void w9_dynamic_children() {
    runtime::run([] {
        const auto few = start_and_stop_children(100'000);
        report("W9", "us_per_start", few.us_per_start, "us", few.right);
        report("W9", "us_per_stop", few.us_per_stop, "us", few.right);
        const auto many = start_and_stop_children(1'000'000); // as fast, if it is linear
        report("W9", "us_per_start_of_1000000", many.us_per_start, "us", many.right);
        report("W9", "us_per_stop_of_1000000", many.us_per_stop, "us", many.right);
    });
}

void w11_link_storm() {
    constexpr int linked = 100'000;
    runtime::run([] {
        const pid center = spawn([] {
            this_process::receive<ended>();
            throw std::runtime_error{"x"};
        });
        for (int i = 0; i < linked; ++i)
            (void)this_process::monitor(start<leaf>(center).process());
        stopwatch w;
        center.send(ended{});
        int dead = 0;
        for (; dead < linked; ++dead)
            this_process::receive<down>();
        report("W11", "us_per_process", w.ns_each(linked) / 1000, "us", dead == linked);
    });
}

} // namespace benchmark
