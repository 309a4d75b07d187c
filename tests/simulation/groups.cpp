// SPDX-License-Identifier: BSL-1.0
#include "model_parts.hpp"
#include "modules.hpp"
#include <algorithm>
#include <coppice/pg.hpp>

namespace simulation {

using namespace coppice;

namespace {

constexpr int groups_in_use = 2;

class group_part final : public part {
public:
    using part::part;
    bool has(op o) const override { return o >= op::join && o <= op::unwatch; }

    void act(player& who, const step& s, phase) override {
        const int group = s.number % groups_in_use;
        switch (s.what) {
        case op::join:
            return join(group, processes_of(s));
        case op::leave_group:
            return leave(group, processes_of(s));
        case op::members:
            return members(group);
        case op::watch:
            return watch(who, group);
        default:
            return unwatch(who);
        }
    }

    void ended(pid p) override {
        dead_.ended(p);
        const hold h{lock};
        for (group_model& g : model_)
            forget(g, p);
        for (int group = 0; w.exact && group < groups_in_use; ++group)
            if (const auto all = scope_.get_members(group);
                std::find(all.begin(), all.end(), p) != all.end())
                wrong("a process ends and is still a member of a group");
    }

    void received(model::life_id l, message& m) override {
        if (const auto* j = m.get_if<pg_joined<int>>())
            told(l, j->ref, j->group, true, j->processes);
        else if (const auto* g = m.get_if<pg_left<int>>())
            told(l, g->ref, g->group, false, g->processes);
    }

    void at_rest() override {
        const hold h{lock};
        for (int group = 0; group < groups_in_use; ++group)
            members(group);
        for (const watcher& x : watchers_)
            if (w.rules.rests(x.life) && !x.is_closed &&
                x.next != model_[static_cast<std::size_t>(x.group)].log.size())
                wrong("a monitor of a group is not told of a change");
    }

private:
    struct change {
        bool is_join;
        std::vector<pid> processes;
    };
    struct group_model {
        std::vector<pid> members;
        std::vector<change> log;
        bool has_order = true;
    };
    struct watcher {
        monitor_ref ref;
        model::life_id life;
        int group;
        std::size_t next; // the change that it hears of next
        bool is_closed = false;
        std::size_t end = 0;
    };

    group_model& of(int group) { return model_[static_cast<std::size_t>(group)]; }

    std::vector<pid> processes_of(const step& s) const {
        const pid self = this_process::self(), target = w.pid_of(s.target);
        switch (s.number / groups_in_use % 4) {
        case 0:
            return {target};
        case 1:
            return {target, self};
        case 2:
            return {self, target, self};
        default:
            return {self};
        }
    }

    /// All memberships of a process go, and each is told of.
    static void forget(group_model& g, pid p) {
        for (std::size_t n = std::erase(g.members, p); n > 0; --n)
            g.log.push_back({false, {p}});
    }

    void join(int group, const std::vector<pid>& all) {
        const hold h{lock};
        const bool has_null = std::find(all.begin(), all.end(), pid{}) != all.end();
        const auto got = scope_.try_join(group, all);
        if (!w.exact)
            return;
        if (got.has_value() == has_null)
            wrong("join of a group takes a null process, or refuses one that is none");
        if (!got)
            return;
        group_model& g = of(group);
        g.log.push_back({true, all});
        g.members.insert(g.members.end(), all.begin(), all.end());
        for (const pid p : all)
            if (is_dead(p))
                forget(g, p);
    }

    void leave(int group, const std::vector<pid>& all) {
        const hold h{lock};
        const auto got = scope_.try_leave(group, all);
        if (!w.exact)
            return;
        group_model& g = of(group);
        std::size_t n = 0;
        for (const pid p : all)
            if (const auto at = std::find(g.members.begin(), g.members.end(), p);
                at != g.members.end()) {
                g.has_order = g.has_order && std::count(at, g.members.end(), p) == 1;
                g.members.erase(at);
                ++n;
            }
        if (got.has_value() != (n != 0))
            wrong("leave of a group and the model differ");
        if (n != 0)
            g.log.push_back({false, all});
    }

    void members(int group) {
        const std::uint64_t now = dead_.now();
        auto all = scope_.get_members(group);
        for (const pid p : all)
            if (dead_.was_over(p, now))
                wrong("a group shows a dead process");
        const hold h{lock};
        if (!w.exact)
            return;
        // Which membership a leave takes, of a process that is there several times, is not said.
        auto there = of(group).members;
        if (!of(group).has_order)
            for (auto* list : {&all, &there})
                std::sort(list->begin(), list->end());
        if (all != there)
            wrong("the members of a group and the model differ");
        const auto names = scope_.which_groups();
        if ((std::find(names.begin(), names.end(), group) != names.end()) != !all.empty())
            wrong("which_groups and the model differ");
    }

    void watch(player& who, int group) {
        const hold h{lock};
        auto now = scope_.monitor(group, this_process::self());
        watchers_.push_back({now.ref, who.me, group, of(group).log.size()});
        auto there = of(group).members;
        for (auto* list : {&now.members, &there})
            std::sort(list->begin(), list->end());
        if (w.exact && now.members != there)
            wrong("the members that a monitor of a group begins with and the model differ");
    }

    void unwatch(player& who) {
        const hold h{lock};
        for (watcher& x : watchers_)
            if (x.life == who.me && !x.is_closed) {
                x.is_closed = true;
                x.end = of(x.group).log.size();
                if (w.exact && !w.rules.is_over(who.me) && !scope_.demonitor(x.ref))
                    wrong("demonitor of a group does not find a monitor that is there");
                return;
            }
    }

    void told(
        model::life_id l, monitor_ref ref, int group, bool is_join, const std::vector<pid>& p) {
        const hold h{lock};
        if (!w.exact)
            return;
        w.rules.course(21, static_cast<std::uint64_t>(group));
        const auto found = std::find_if(watchers_.begin(), watchers_.end(),
                                        [&](const watcher& x) { return x.ref == ref; });
        if (found == watchers_.end() || found->life != l || found->group != group)
            wrong("a notice of a group comes to a process that has no such monitor");
        const auto& log = of(group).log;
        if (found->next == (found->is_closed ? found->end : log.size()))
            wrong("a monitor of a group is told of what did not happen");
        const change& next = log[found->next++];
        if (next.is_join != is_join || next.processes != p)
            wrong("a monitor of a group is told of changes in another order, or of another change");
    }

    pg<int, pid> scope_{"scope"};
    std::array<group_model, groups_in_use> model_;
    std::vector<watcher> watchers_;
    graves dead_;
};

} // namespace

std::unique_ptr<part> make_groups(world& w) { return std::make_unique<group_part>(w); }

} // namespace simulation
