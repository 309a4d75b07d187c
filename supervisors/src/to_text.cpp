// SPDX-License-Identifier: BSL-1.0
#include <coppice/to_text.hpp>

#include "supervisor_access.hpp"
#include <algorithm>
#include <coppice/names.hpp>
#include <coppice/process_info.hpp>
#include <coppice/this_process.hpp>
#include <fmt/format.h>
#include <unordered_set>

namespace coppice {

namespace {

using namespace detail;
using clock = time_limit::clock;

std::string age(clock::duration d) {
    using namespace std::chrono;
    const auto tenths = duration_cast<duration<std::int64_t, std::deci>>(d).count();
    const auto all = duration_cast<seconds>(d).count();
    if (all < 60)
        return fmt::format("{}.{} s", tenths / 10, tenths % 10);
    if (all < 60 * 60)
        return fmt::format("{} min {} s", all / 60, all % 60);
    return fmt::format("{} h {} min", all / (60 * 60), all / 60 % 60);
}

std::string times(std::size_t n) { return n == 1 ? "once" : fmt::format("{} times", n); }

std::string why_no_children(errc why) {
    switch (why) {
    case errc::noproc:
    case errc::exited:
        return "(has exited)";
    case errc::timeout:
        return "(busy: gives no answer)";
    default:
        return fmt::format("(cannot be asked here: {})", to_string(why));
    }
}

class picture {
public:
    explicit picture(const tree_text_options& how)
        : how_{how}, ends_{how.timeout.deadline(this_process::now())} {}

    void add_root(const supervisor_ref& root) {
        const pid process = root.process();
        if (!process.alive()) {
            text_ = process ? process.text() + " has exited\n"
                            : "the supervisor does not run, or its name is not registered\n";
            return;
        }
        std::string name = registered_name(process);
        add({.id = name.empty() ? "supervisor" : std::move(name),
             .process = process,
             .status = child_status::running,
             .type = child_type::supervisor},
            root, 0);
    }

    std::string take() && { return std::move(text_); }

private:
    void add(const child_info& c,
             const std::optional<supervisor_ref>& as_supervisor,
             std::size_t depth) {
        std::string line = padded(std::string(2 * depth, ' ') + c.id, 20);
        line += padded(c.process ? c.process.text() : std::string{to_string(c.status)}, 12);
        line += how_.describe ? how_.describe(c) : describe_child(c);
        add_line(std::move(line));
        if (!as_supervisor)
            return;
        if (seen_.insert(c.process).second)
            add_children(*as_supervisor, depth + 1);
        else
            add_line(std::string(2 * depth + 2, ' ') + "(shown above)");
    }

    void add_children(const supervisor_ref& sup, std::size_t depth) {
        if (is_full())
            return;
        const auto got = supervisor_access::oldest(sup, how_.max_children, share_of_time());
        if (!got) {
            add_line(std::string(2 * depth, ' ') + why_no_children(got.error().code));
            return;
        }
        for (const child_info& c : got->children) {
            if (is_full())
                return;
            add(c,
                c.type == child_type::supervisor ? supervisor_access::find(c.process)
                                                 : std::nullopt,
                depth);
        }
        if (got->more > 0)
            add_line(fmt::format("{}and {} more", std::string(2 * depth, ' '), got->more));
    }

    // Half of what is left: so one that hangs leaves time for the others.
    clock::duration share_of_time() const {
        const auto now = this_process::now();
        if (how_.timeout.is_infinite())
            return time_span{infinity};
        return std::max(clock::duration::zero(), (ends_ - now) / 2);
    }

    bool is_full() {
        if (lines_ < how_.max_lines)
            return false;
        if (!std::exchange(says_full_, true))
            text_ += "(and so on)\n";
        return true;
    }

    void add_line(std::string line) {
        if (is_full())
            return;
        while (!line.empty() && line.back() == ' ')
            line.pop_back();
        text_ += line;
        text_ += '\n';
        ++lines_;
    }

    static std::string padded(std::string s, std::size_t width) {
        s.resize(std::max(width, s.size() + 1), ' ');
        return s;
    }

    const tree_text_options& how_;
    clock::time_point ends_;
    std::string text_;
    std::size_t lines_ = 0;
    bool says_full_ = false;
    std::unordered_set<pid> seen_; // whose children are, or will be, shown
};

} // namespace

std::string describe_child(const child_info& c) {
    std::string text;
    const auto add = [&](const std::string& fact) { text += (text.empty() ? "" : "  ") + fact; };
    if (c.process && c.started_at != clock::time_point{})
        add("up " + age(std::max(clock::duration::zero(), this_process::now() - c.started_at)));
    if (const auto i = process_info_from_outside(c.process); i && i->messages > 0)
        add(fmt::format("{} message{} waiting", i->messages, i->messages == 1 ? "" : "s"));
    if (c.restarts > 0)
        add("restarted " + times(c.restarts));
    return text;
}

std::string to_text(const supervisor_ref& root, const tree_text_options& how) {
    picture p{how};
    p.add_root(root);
    return std::move(p).take();
}

} // namespace coppice
