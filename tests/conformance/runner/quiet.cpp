// SPDX-License-Identifier: BSL-1.0
#include "quiet.hpp"

#include "recorder.hpp"
#include <algorithm>
#include <coppice/process_info.hpp>
#include <coppice/this_process.hpp>
#include <filesystem>
#include <fstream>
#include <unistd.h>

namespace conformance {

using namespace std::chrono_literals;
using coppice::process_info;
using coppice::process_status;

namespace {

constexpr auto limit = 20s;
constexpr auto between_looks = 2ms;

std::chrono::steady_clock::duration longest_delay{};

bool suspended(coppice::pid process, const std::vector<recorder::live_process>& all) {
    return std::any_of(all.begin(), all.end(), [&](const auto& p) {
        return p.process == process && p.doing == phase::suspended;
    });
}

bool idle(const recorder::live_process& p, const std::vector<recorder::live_process>& all) {
    const std::optional<coppice::process_snapshot> seen =
        coppice::process_info_from_outside(p.process);
    if (!seen || seen->status != process_status::waiting)
        return false;
    switch (p.doing) {
    case phase::working:
        return false;
    case phase::main_loop: // a server that waits inside a handler is not there
        return seen->messages == 0 && seen->handling.empty();
    case phase::calling: // a supervisor answers at once, unless it is suspended
        return p.what != role::helper || suspended(p.target, all);
    case phase::refusing:
        return true;
    case phase::suspended:
        return seen->handling.empty();
    }
    return false;
}

// The state letter of a thread stands behind its name, which is in brackets.
bool wants_to_run(const std::filesystem::path& thread) {
    std::ifstream file{thread / "stat"};
    std::string line;
    std::getline(file, line);
    if (line.find("(coppice/watch)") != line.npos)
        return false; // it wakes now and then to look, and does nothing by itself
    const auto bracket = line.rfind(')');
    return bracket != line.npos && line.substr(bracket).starts_with(") R");
}

bool another_thread_runs() {
    const std::string me = std::to_string(::gettid());
    for (const auto& thread : std::filesystem::directory_iterator{"/proc/self/task"})
        if (thread.path().filename() != me && wants_to_run(thread.path()))
            return true;
    return false;
}

struct look {
    bool idle;
    bool others_run;
    std::size_t events;
    std::vector<coppice::pid> living;
    bool operator==(const look&) const = default;
};

look look_at_all() {
    const auto all = tape().living();
    look l{.idle = std::all_of(all.begin(), all.end(), [&](const auto& p) { return idle(p, all); }),
           .others_run = another_thread_runs(),
           .events = tape().count(),
           .living = {}};
    for (const auto& p : all)
        l.living.push_back(p.process);
    l.idle = l.idle && !l.others_run;
    return l;
}

} // namespace

void wait_until_quiet() {
    const auto deadline = coppice::this_process::now() + limit;
    std::optional<look> before;
    int agreeing = 0;
    for (auto due = std::chrono::steady_clock::now();;) {
        look now = look_at_all();
        const auto at = std::chrono::steady_clock::now();
        longest_delay = std::max(longest_delay, at - due);
        if (!now.others_run)
            due = at + between_looks;
        agreeing = now.idle && now == before ? agreeing + 1 : 0;
        if (agreeing == 2)
            return;
        if (coppice::this_process::now() > deadline) {
            tape().add({{"ev", "not_quiet"}});
            return;
        }
        before = std::move(now);
        coppice::this_process::sleep(between_looks);
    }
}

std::chrono::steady_clock::duration held_up() noexcept { return longest_delay; }

} // namespace conformance
