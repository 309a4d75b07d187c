// SPDX-License-Identifier: BSL-1.0
// A seed in eight runs of the program: other addresses, another heap, other simulations before.
// Trees, links, monitors, names, time-outs.
// Right: the same trace each time (guarantee 18); wrong: it differs.
#include "case.hpp"
#include <map>
#include <set>
#include <unordered_map>

namespace {

std::string trace;
std::string table; // the order of a hash table of pids

void note(const std::string& what, int number) { trace += what + std::to_string(number) + ' '; }

struct tick {};

/// Exits at its second tick, and reports how many of its class are alive.
class worker {
public:
    explicit worker(int n) : n_{n} {
        note("start ", n_);
        this_process::trap_exit(n_ % 2 == 0);
    }
    ~worker() { note("gone ", n_); }
    void handle_cast(tick) {
        note("tick ", n_);
        if (++ticks_ == 2)
            throw std::runtime_error{"enough"};
    }
    void handle_info(exit_signal) { note("exit ", n_); }
    void handle_info(down) { note("down ", n_); }
    void handle_info(message) {}

private:
    int n_;
    int ticks_ = 0;
};

constexpr int many = 40;

void program() {
    const pid hub = spawn([] {
        for (int i = 0; i < many; ++i) {
            const auto of_each = [i] {
                this_process::trap_exit(true);
                this_process::receive([i](exit_signal) { note("linked ", i); });
            };
            spawn_link(of_each);
        }
        this_process::sleep(10s);
        this_process::exit(exit_reason::shutdown);
    });
    std::unordered_map<pid, int> by_process;
    for (int i = 0; i < many; ++i)
        by_process[spawn([hub, i] {
            (void)this_process::monitor(hub);
            this_process::receive([i](down) { note("watcher ", i); });
        })] = i;
    for (int i = 0; i < many; ++i)
        spawn([i] {
            (void)this_process::monitor(this_process::self());
            this_process::sleep(std::chrono::milliseconds{i % 5});
            note("slept ", i);
        });
    std::vector<child_spec> children;
    const auto tree =
        start_link<supervisor>(supervisor_flags{.strategy = one_for_all, .intensity = 100},
                               std::vector<child_spec>{child<dynamic_supervisor>("pool")});
    for (const child_info& c : supervisor::which_children(tree))
        for (int i = 0; i < many; ++i) {
            dynamic_supervisor::start_child(
                server_ref<dynamic_supervisor>{c.process},
                child<worker>(std::to_string(i), i).restart(i % 3 ? temporary : transient));
        }
    this_process::sleep(1s);
    for (const auto& [process, i] : by_process)
        table += std::to_string(i) + ' ';
    for (const pid p : processes())
        if (const auto seen = process_info(p))
            trace +=
                seen->type + (seen->links.empty() ? " " : std::to_string(seen->links.size()) + ' ');
    for (int round = 0; round < 3; ++round)
        for (const pid p : processes())
            if (const auto seen = process_info(p);
                seen && seen->type.find("worker") != std::string::npos)
                server_ref<worker>{p}.cast(tick{});
    this_process::sleep(1min);
}

/// Memory that is never freed: another heap, and other mappings.
void allocate(int n) {
    for (int i = 0; i < 100 * n; ++i)
        static_cast<void>(new char[static_cast<std::size_t>(16 + 48 * (i % (n + 7)))]);
}

/// Processes that start and exit before, so that slots have been used.
void simulate_others(int n) {
    for (int i = 0; i < n; ++i) {
        testing::simulation sim{static_cast<std::uint64_t>(i)};
        sim.run([n] {
            for (int k = 0; k < 37 * n; ++k)
                spawn([k] { this_process::sleep(std::chrono::milliseconds{k * 31 % 17}); });
            this_process::sleep(1s);
        });
    }
}

constexpr int runs = 8;

/// Prints the trace, and, where nothing ran before, the table.
void run_once(int n) {
    allocate(n);
    const bool others_before = n % 2 == 1;
    if (others_before)
        simulate_others(n);
    testing::simulation sim{7};
    std::string seen;
    sim.run([&] {
        trace.clear();
        program();
        seen = trace; // what comes later, when all are killed, is no part of the run
    });
    std::printf("%s|%s", seen.c_str(), others_before ? "" : table.c_str());
    std::fflush(stdout);
}

std::string output_of(const std::string& command) {
    std::string out;
    FILE* f = popen(command.c_str(), "r");
    for (int c; (c = fgetc(f)) != EOF;)
        out += char(c);
    pclose(f);
    return out;
}

} // namespace

int main(int argc, char** argv) {
    watchdog(120);
    log::set_level(severity::off);
    if (argc > 1) {
        run_once(std::atoi(argv[1]));
        return 0;
    }
    std::set<std::string> traces, tables;
    for (int i = 0; i < runs; ++i) {
        const std::string out = output_of(std::string{argv[0]} + ' ' + std::to_string(i));
        const std::size_t bar = out.find('|');
        traces.insert(out.substr(0, bar));
        if (i % 2 == 0)
            tables.insert(out.substr(bar));
    }
    if (traces.size() > 1)
        for (const std::string& t : traces)
            std::printf("%s\n", t.c_str());
    const bool long_enough = traces.begin()->size() > 1000 && tables.begin()->size() > 50;
    return verdict(traces.size() == 1 && tables.size() == 1 && long_enough,
                   "one seed, eight programs");
}
