// SPDX-License-Identifier: BSL-1.0
#include "scenario.hpp"

#include "kinds.hpp"
#include "quiet.hpp"
#include <algorithm>
#include <coppice/runtime.hpp>
#include <coppice/testing.hpp>
#include <coppice/this_process.hpp>
#include <fstream>
#include <set>
#include <span>
#include <stdexcept>

namespace conformance {

namespace {

using namespace coppice;

void add_step(lines& trace, json::value number, const std::string& what, step_result result) {
    json::object line{{"step", std::move(number)}, {"do", what}};
    if (result)
        line["res"] = std::move(*result);
    trace.push_back(std::move(line));
}

void add_events(lines& trace) {
    for (auto& e : tape().take())
        trace.push_back(std::move(e));
}

// The result of a step stands before the events that it caused.
void finish_step(lines& trace, json::value number, const std::string& what, step_result result) {
    wait_until_quiet();
    add_step(trace, std::move(number), what, std::move(result));
    add_events(trace);
}

/// The one process outside of a scenario: it makes the steps.
class driver {
public:
    explicit driver(std::span<const json::object> scenario)
        : kind_{text(scenario.front().at("meta").as_object(), "kind")},
          name_{text(scenario.front().at("meta").as_object(), "name")},
          steps_{scenario.subspan(1)} {
        static const std::set<std::string_view> known{"sup", "proc", "gs", "ge", "sm", "pg", "ex"};
        if (!known.contains(kind_))
            throw std::runtime_error{"kind `" + kind_ + "`: this runner does not know it"};
    }

    lines run() {
        this_process::trap_exit(true);
        lines trace{{{"scenario", name_}, {"kind", kind_}}};
        if (kind_ == "sup") {
            tree_ = steps_.front();
            steps_ = steps_.subspan(1);
            auto started = start_tree(tree_);
            finish_step(trace, 0, "start", std::move(started));
        }
        for (std::size_t i = 0; i < steps_.size(); ++i)
            run_step(trace, i + 1, steps_[i]);
        wait_until_quiet();
        add_events(trace); // the events of a last step that did not wait
        finish(trace);
        return trace;
    }

private:
    void run_step(lines& trace, std::size_t number, const json::object& step) {
        const std::string what = text(step, "do");
        step_result result = make(what, step);
        if (flag(step, "quiet", true))
            finish_step(trace, number, what, std::move(result));
        else
            add_step(trace, number, what, std::move(result));
    }

    step_result make(const std::string& what, const json::object& step) {
        if (what == "sync")
            return {};
        if (what == "sleep") {
            this_process::sleep(milliseconds(step.at("ms")));
            return {};
        }
        if (kind_ == "sup")
            return supervisor_step(tree_, step);
        json::object mine = step;
        if (kind_ == "ex")
            mine["caught"] = true; // there a name that never existed ends no client
        return client_step(mine);
    }

    void finish(lines& trace) {
        if (kind_ == "sup") {
            auto stopped = stop_tree(tree_);
            return finish_step(trace, "end", "stop", std::move(stopped));
        }
        std::vector<std::string> names;
        for (const auto& p : tape().living())
            names.push_back(p.path);
        std::sort(names.begin(), names.end());
        add_step(trace, "end", "alive",
                 json::object{{"result", "list"}, {"alive", json::value_from(names)}});
    }

    std::string kind_;
    std::string name_;
    json::object tree_;
    std::span<const json::object> steps_;
};

} // namespace

lines read_scenario(const std::filesystem::path& file) {
    std::ifstream in{file};
    if (!in)
        throw std::runtime_error{file.string() + ": cannot be opened"};
    lines all;
    std::string line;
    for (int number = 1; std::getline(in, line); ++number) {
        const auto first = line.find_first_not_of(" \t\r");
        if (first == line.npos || line[first] == '#')
            continue;
        json::error_code error;
        json::value v = json::parse(line, error);
        if (error || !v.is_object())
            throw std::runtime_error{file.string() + ':' + std::to_string(number) +
                                     ": not a JSON object"};
        all.push_back(std::move(v.as_object()));
    }
    if (all.empty() || !all.front().contains("meta"))
        throw std::runtime_error{file.string() + ": the first line must be {\"meta\":{...}}"};
    return all;
}

lines run_scenario(const lines& scenario, const clock_and_threads& how) {
    lines trace;
    tape(); // the exit hook, before the first process
    const auto drive = [&] { trace = driver{scenario}.run(); };
    if (how.seed) {
        testing::simulation{*how.seed}.run(drive);
        return trace;
    }
    runtime::start({.threads = how.threads});
    runtime::run(drive);
    runtime::stop();
    using std::chrono::milliseconds;
    trace.front()["held_up_ms"] = std::chrono::duration_cast<milliseconds>(held_up()).count();
    return trace;
}

} // namespace conformance
