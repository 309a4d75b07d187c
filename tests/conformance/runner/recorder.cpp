// SPDX-License-Identifier: BSL-1.0
#include "recorder.hpp"

#include "reason.hpp"
#include <coppice/detail/exit_hook.hpp>
#include <coppice/this_process.hpp>

namespace conformance {

using coppice::pid;

namespace {

bool is_supervised(role r) { return r == role::supervisor || r == role::worker; }

recorder::event end_of(const recorder::live_process& p, json::value why) {
    recorder::event e;
    if (p.what == role::supervisor)
        e = {{"ev", "sup_terminated"}, {"sup", p.path}, {"inc", p.life}};
    else if (p.what == role::worker)
        e = {{"ev", "terminated"}, {"child", p.path}, {"inc", p.life}};
    else
        e = {{"ev", "terminated"}, {"at", p.path}};
    e["reason"] = std::move(why);
    return e;
}

void on_exit(pid process, const coppice::exit_reason& reason) { tape().ends(process, reason); }

} // namespace

void recorder::add(event e) {
    const std::lock_guard lock{mutex_};
    events_.push_back(std::move(e));
}

unsigned recorder::begins(role what, const std::string& path, pid process) {
    const std::lock_guard lock{mutex_};
    const unsigned life = ++lives_[path];
    living_.insert({process, {process, what, path, life, phase::working}});
    last_[path] = process;
    names_[process.text()] = is_supervised(what) ? path + '#' + std::to_string(life) : path;
    if (what == role::supervisor)
        events_.push_back({{"ev", "sup_started"}, {"sup", path}, {"inc", life}});
    else if (what == role::worker)
        events_.push_back({{"ev", "started"}, {"child", path}, {"inc", life}});
    return life;
}

unsigned recorder::attempt(const std::string& path) {
    const std::lock_guard lock{mutex_};
    return ++attempts_[path];
}

void recorder::set_phase(pid process, phase doing) {
    const std::lock_guard lock{mutex_};
    if (const auto p = living_.find(process); p != living_.end())
        p->second.doing = doing;
}

std::uint64_t recorder::call_begins(pid process, pid target) {
    const std::lock_guard lock{mutex_};
    if (const auto p = living_.find(process); p != living_.end()) {
        p->second.doing = phase::calling;
        p->second.target = target;
        p->second.call = ++calls_;
    }
    return calls_;
}

void recorder::call_answered(std::uint64_t call) {
    const std::lock_guard lock{mutex_};
    for (auto& [process, p] : living_)
        if (p.doing == phase::calling && p.call == call)
            p.doing = phase::working;
}

std::optional<pid> recorder::last(const std::string& path) const {
    const std::lock_guard lock{mutex_};
    const auto found = last_.find(path);
    return found == last_.end() ? std::nullopt : std::optional{found->second};
}

std::string recorder::name_of(pid process) const { return name_of(process.text()); }

std::string recorder::name_of(std::string_view pid_text) const {
    const std::lock_guard lock{mutex_};
    const auto found = names_.find(std::string{pid_text});
    return found == names_.end() ? "pid" : found->second;
}

std::vector<recorder::live_process> recorder::living() const {
    const std::lock_guard lock{mutex_};
    std::vector<live_process> all;
    all.reserve(living_.size());
    for (const auto& [process, p] : living_)
        all.push_back(p);
    return all;
}

std::size_t recorder::count() const {
    const std::lock_guard lock{mutex_};
    return taken_ + events_.size();
}

std::vector<recorder::event> recorder::take() {
    const std::lock_guard lock{mutex_};
    taken_ += events_.size();
    return std::exchange(events_, {});
}

void recorder::ends(pid process, const coppice::exit_reason& reason) {
    json::value why = to_json(reason); // looks names up, so not under the lock
    const std::lock_guard lock{mutex_};
    for (auto& [other, p] : living_) // the exit answers their calls
        if (p.doing == phase::calling && p.target == process)
            p.doing = phase::working;
    const auto gone = living_.find(process);
    if (gone == living_.end())
        return; // not a process of the scenario
    if (gone->second.what != role::helper)
        events_.push_back(end_of(gone->second, std::move(why)));
    living_.erase(gone);
}

recorder& tape() {
    static recorder& one = []() -> recorder& {
        // Never destroyed: a process that is left behind may still end while the program does.
        static auto* const made = new recorder;
        coppice::detail::set_exit_hook(&on_exit);
        return *made;
    }();
    return one;
}

in_phase::in_phase(phase doing) : process_{coppice::this_process::self()} {
    tape().set_phase(process_, doing);
}

in_phase::~in_phase() { tape().set_phase(process_, phase::working); }

} // namespace conformance
