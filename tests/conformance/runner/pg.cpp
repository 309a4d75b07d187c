// SPDX-License-Identifier: BSL-1.0
// Kind pg: process groups. A scope is an object here; the process that OTP has for it owns the
// object.
#include "kinds.hpp"
#include <algorithm>
#include <coppice/gen_server.hpp>
#include <coppice/pg.hpp>
#include <memory>
#include <mutex>
#include <set>
#include <unordered_map>

namespace conformance {

using namespace coppice;

namespace {

using scope = pg<std::string, pid>;

/// What all clients share: the scopes by name, and the labels of monitors.
struct shared {
    std::mutex lock;
    std::map<std::string, std::shared_ptr<scope>> scopes;
    // In OTP a join of an empty list makes a group, which stays until it has had a member.
    std::map<std::string, std::set<std::string>> empty_groups; // by scope
    std::map<monitor_ref, std::string> labels;
    std::map<std::string, monitor_ref> refs; // by label
};
shared& all() {
    static shared s;
    return s;
}

/// The process of a scope: what happens to it happens to the scope.
class scope_owner {
public:
    explicit scope_owner(std::string name) : name_{std::move(name)} {
        {
            const std::lock_guard hold{all().lock};
            all().scopes[name_] = std::make_shared<scope>(name_);
        }
        tape().begins(role::server, name_, this_process::self());
        tape().set_phase(this_process::self(), phase::main_loop);
    }
    ~scope_owner() {
        const std::lock_guard hold{all().lock};
        all().scopes.erase(name_);
        all().empty_groups.erase(name_);
    }
    scope_owner(const scope_owner&) = delete;
    scope_owner& operator=(const scope_owner&) = delete;

private:
    std::string name_;
};

std::shared_ptr<scope> scope_of(const json::object& step) {
    const std::lock_guard hold{all().lock};
    const auto found = all().scopes.find(text(step, "scope"));
    return found == all().scopes.end() ? nullptr : found->second;
}

json::value sorted_names(const std::vector<pid>& processes) {
    std::vector<std::string> names;
    for (const pid p : processes)
        names.push_back(tape().name_of(p));
    std::sort(names.begin(), names.end());
    return json::value_from(names);
}

/// What is no name of a process cannot be given to Coppice's functions: the compiler refuses it.
std::optional<std::vector<pid>> members_in(const json::object& step) {
    const json::value& m = step.at("members");
    const json::array names = m.is_array() ? m.as_array() : json::array{m};
    std::vector<pid> members;
    for (const json::value& name : names) {
        const auto found =
            name.is_string() ? tape().last(std::string{name.as_string()}) : std::optional<pid>{};
        if (!found)
            return {};
        members.push_back(*found);
    }
    return members;
}

step_result no_scope() { return exited("noproc"); }

step_result start(const json::object& step) {
    const std::string name = text(step, "scope");
    if (const auto there = scope_of(step))
        return refused(json::object{{"already_started", name}});
    if (flag(step, "link", true))
        start_link<scope_owner>(name);
    else
        coppice::start<scope_owner>(name);
    return ok();
}

step_result join(const json::object& step) {
    const auto members = members_in(step);
    if (!members)
        return raised_error("badarg");
    const auto s = scope_of(step);
    if (!s)
        return no_scope();
    const std::string group = text(step, "group");
    {
        const std::lock_guard hold{all().lock};
        auto& empty = all().empty_groups[text(step, "scope")];
        if (!members->empty())
            empty.erase(group);
        else if (s->get_members(group).empty())
            empty.insert(group);
    }
    s->join(group, *members);
    return ok();
}

step_result leave(const json::object& step) {
    const auto members = members_in(step);
    if (!members)
        return raised_error("badarg");
    const auto s = scope_of(step);
    if (!s)
        return no_scope();
    if (s->try_leave(text(step, "group"), *members))
        return ok();
    return json::object{{"result", "not_joined"}};
}

step_result members(const json::object& step) {
    const auto s = scope_of(step);
    return value(sorted_names(s ? s->get_members(text(step, "group")) : std::vector<pid>{}));
}

step_result groups(const json::object& step) {
    const auto s = scope_of(step);
    if (!s)
        return raised_error("badarg");
    const std::lock_guard hold{all().lock};
    std::set<std::string> names = all().empty_groups[text(step, "scope")];
    for (std::string& name : s->which_groups())
        names.insert(std::move(name));
    return value(json::value_from(names));
}

void remember(const json::object& step, monitor_ref ref) {
    const std::lock_guard hold{all().lock};
    all().labels[ref] = text(step, "ref");
    all().refs[text(step, "ref")] = ref;
}

step_result monitor(const json::object& step) {
    const auto s = scope_of(step);
    if (!s)
        return no_scope();
    const auto now = s->monitor(text(step, "group"), this_process::self());
    remember(step, now.ref);
    return value(sorted_names(now.members));
}

step_result monitor_scope(const json::object& step) {
    const auto s = scope_of(step);
    if (!s)
        return no_scope();
    auto now = s->monitor_scope(this_process::self());
    remember(step, now.ref);
    {
        const std::lock_guard hold{all().lock};
        for (const std::string& name : all().empty_groups[text(step, "scope")])
            now.groups.push_back({name, {}});
    }
    std::sort(now.groups.begin(), now.groups.end(),
              [](const auto& a, const auto& b) { return a.name < b.name; });
    json::array shown;
    for (const auto& g : now.groups)
        shown.push_back(json::array{json::value(g.name), sorted_names(g.members)});
    return value(std::move(shown));
}

step_result demonitor(const json::object& step) {
    const auto s = scope_of(step);
    if (!s)
        return no_scope();
    monitor_ref ref;
    {
        const std::lock_guard hold{all().lock};
        ref = all().refs[text(step, "ref")];
    }
    if (s->demonitor(ref))
        return ok();
    return json::object{{"result", false}};
}

const std::unordered_map<std::string, step_result (*)(const json::object&)> operations{
    {"pg_start", &start},
    {"pg_join", &join},
    {"pg_leave", &leave},
    {"pg_members", &members},
    {"pg_local_members", &members}, // there is one node
    {"pg_groups", &groups},
    {"pg_monitor", &monitor},
    {"pg_monitor_scope", &monitor_scope},
    {"pg_demonitor", &demonitor}};

template <class Notice>
json::object shown(const Notice& n, const char* what) {
    const std::lock_guard hold{all().lock};
    const auto label = all().labels.find(n.ref);
    return {{"ev", "pg"},
            {"ref", label == all().labels.end() ? json::value{} : json::value(label->second)},
            {"do", what},
            {"group", n.group},
            {"members", sorted_names(n.processes)}};
}

} // namespace

bool group_operation(const std::string& what, const json::object& step, step_result& result) {
    const auto found = operations.find(what);
    if (found == operations.end())
        return false;
    result = found->second(step);
    return true;
}

std::optional<json::object> group_notice(message& m) {
    if (const auto* j = m.get_if<pg_joined<std::string>>())
        return shown(*j, "join");
    if (const auto* l = m.get_if<pg_left<std::string>>())
        return shown(*l, "leave");
    return {};
}

} // namespace conformance
