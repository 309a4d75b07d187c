// SPDX-License-Identifier: BSL-1.0
#include "program.hpp"
#include <array>
#include <istream>
#include <ostream>
#include <random>
#include <sstream>
#include <stdexcept>

namespace simulation {
namespace {

constexpr std::array<std::string_view, 4> phase_words{"body", "constructor", "terminate",
                                                      "destructor"};
constexpr std::array<std::string_view, 65> op_words{
    "start",       "send",        "cast",        "try_cast",       "call",         "try_call",
    "ask_later",   "request",     "collect",     "answer",         "drop",         "send_after",
    "cancel",      "link",        "unlink",      "monitor",        "demonitor",    "trap",
    "exit",        "leave",       "fail",        "finish",         "receive",      "sleep",
    "yield",       "idle",        "resume",      "name",           "unname",       "find",
    "stop",        "info",        "remove",      "renew",          "count",        "key",
    "unkey",       "value",       "lookup",      "share",          "unshare",      "dispatch",
    "join",        "leave_group", "members",     "watch",          "unwatch",      "press",
    "question",    "turn",        "add_handler", "delete_handler", "swap_handler", "notify",
    "sync_notify", "ask_handler", "async",       "await",          "close_task",   "await_many",
    "stream",      "update",      "route",       "strike",         "revive"};
static_assert(op_words.size() == static_cast<std::size_t>(op::revive) + 1);
constexpr std::array<std::string_view, 3> kind_words{"function", "server", "child"};
constexpr std::array<std::string_view, 4> policy_words{"block", "reject", "drop_newest",
                                                       "drop_oldest"};
constexpr std::array<std::string_view, 25> feature_words{
    "extreme_times",    "swallowing", "bombs",    "dying_acts", "dying_waits", "terminate_acts",
    "constructor_acts", "bounds",     "links",    "monitors",   "timers",      "names",
    "idling",           "keeping",    "requests", "trees",      "kills",       "stops",
    "registries",       "groups",     "machines", "events",     "tasks",       "agents",
    "partitioned"};

template <std::size_t N>
int index_of(const std::array<std::string_view, N>& words, std::string_view word) {
    for (std::size_t i = 0; i < N; ++i)
        if (words[i] == word)
            return static_cast<int>(i);
    throw std::runtime_error{"no such word: " + std::string{word}};
}

class dice {
public:
    explicit dice(std::uint64_t seed) : engine_{seed * 0x9e3779b97f4a7c15ULL + 1} {}
    int below(int n) { return static_cast<int>(engine_() % static_cast<std::uint64_t>(n)); }
    bool once_in(int n) { return below(n) == 0; }

private:
    std::mt19937_64 engine_;
};

struct weight {
    op what;
    int of_body;  ///< how often in a body
    int of_dying; ///< in a destructor
    std::uint32_t needs;
    bool waits;
};
constexpr weight weights[] = {
    {op::start, 3, 2, 0, true},
    {op::send, 8, 4, 0, false},
    {op::cast, 8, 4, 0, false},
    {op::try_cast, 3, 1, 0, false},
    {op::call, 3, 1, 0, true},
    {op::try_call, 8, 2, 0, true},
    {op::ask_later, 4, 0, keeping, true},
    {op::request, 4, 1, requests, false},
    {op::collect, 4, 1, requests, true},
    {op::answer, 5, 2, keeping, false},
    {op::drop, 2, 0, keeping, false},
    {op::send_after, 6, 1, timers, false},
    {op::cancel, 2, 1, timers, false},
    {op::link, 5, 1, links, false},
    {op::unlink, 2, 1, links, false},
    {op::monitor, 5, 1, monitors, false},
    {op::demonitor, 2, 1, monitors, false},
    {op::trap, 3, 1, links, false},
    {op::exit, 5, 1, kills, false},
    {op::leave, 1, 0, 0, false},
    {op::fail, 1, 0, 0, false},
    {op::finish, 1, 0, 0, false},
    {op::receive, 6, 1, 0, true},
    {op::sleep, 5, 3, 0, true},
    {op::yield, 3, 3, 0, true},
    {op::idle, 3, 0, idling, false},
    {op::resume, 2, 0, idling, false},
    {op::name, 4, 1, names, false},
    {op::unname, 1, 0, names, false},
    {op::find, 2, 1, names, false},
    {op::stop, 1, 0, stops, true},
    {op::info, 1, 1, 0, true},
    {op::remove, 1, 0, trees, true},
    {op::renew, 2, 0, trees, true},
    {op::count, 1, 0, trees, true},
    {op::key, 8, 2, registries, false},
    {op::unkey, 3, 1, registries, false},
    {op::value, 3, 0, registries, false},
    {op::lookup, 4, 2, registries, false},
    {op::share, 6, 2, registries, false},
    {op::unshare, 3, 1, registries, false},
    {op::dispatch, 4, 2, registries, false},
    {op::join, 8, 2, groups, false},
    {op::leave_group, 5, 1, groups, false},
    {op::members, 4, 2, groups, false},
    {op::watch, 5, 0, groups, false},
    {op::unwatch, 1, 0, groups, false},
    {op::press, 12, 2, machines, false},
    {op::question, 5, 0, machines, true},
    {op::turn, 8, 1, machines, false},
    {op::add_handler, 8, 0, events, true},
    {op::delete_handler, 2, 0, events, true},
    {op::swap_handler, 2, 0, events, true},
    {op::notify, 8, 1, events, false},
    {op::sync_notify, 6, 0, events, true},
    {op::ask_handler, 3, 0, events, true},
    {op::async, 12, 0, tasks, true},
    {op::await, 8, 0, tasks, true},
    {op::close_task, 3, 0, tasks, true},
    {op::await_many, 3, 0, tasks, true},
    {op::stream, 4, 0, tasks, true},
    {op::update, 10, 0, agents, true},
    {op::route, 8, 0, partitioned, true},
    {op::strike, 3, 0, 0, false},
    {op::revive, 2, 0, 0, true},
};

bool takes_time(op o) {
    switch (o) {
    case op::try_cast:
    case op::call:
    case op::try_call:
    case op::ask_later:
    case op::collect:
    case op::send_after:
    case op::receive:
    case op::sleep:
    case op::idle:
    case op::stop:
    case op::question:
    case op::await:
    case op::await_many:
    case op::update:
    case op::route:
        return true;
    default:
        return false;
    }
}

class generator {
public:
    generator(std::uint64_t seed, std::uint32_t features) : dice_{seed}, features_{features} {
        made_.seed = seed;
    }

    program make() {
        // Each module is in some of the programs: they are not diluted.
        for (std::uint32_t f = registries; f <= partitioned; f <<= 1)
            if (!dice_.once_in(3))
                features_ &= ~f;
        actors();
        for (int i = 1; i < count(); ++i) {
            add({.actor = 0, .what = op::start, .target = i, .number = dice_.below(3)});
            if (dice_.once_in(3))
                add({.actor = 0, .what = op::sleep, .number = dice_.below(6)});
        }
        for (int n = 6 + dice_.below(60); n > 0; --n)
            any_step();
        return std::move(made_);
    }

private:
    bool may(std::uint32_t f) const { return (features_ & f) == f; }
    int count() const { return static_cast<int>(made_.actors.size()); }
    void add(step s) { made_.steps.push_back(s); }

    void actors() {
        made_.actors.resize(static_cast<std::size_t>(3 + dice_.below(4)));
        for (std::size_t i = 1; i < made_.actors.size(); ++i) {
            actor& a = made_.actors[i];
            const int what = dice_.below(may(trees) ? 6 : 4);
            a.what = what < 2 ? kind::function : what < 4 ? kind::server : kind::child;
            if (may(bounds) && dice_.once_in(4)) {
                a.bound = static_cast<std::uint32_t>(1 + dice_.below(3));
                a.policy = dice_.below(4);
            }
            a.traps = may(links) && dice_.once_in(3);
        }
    }

    const weight* choose(bool dying) {
        int sum = 0;
        const auto of = [&](const weight& w) {
            const bool allowed = may(w.needs) && !(dying && w.waits && !may(dying_waits));
            const int often = w.needs >= registries ? 2 : 1; // there are few of them in a program
            return !allowed ? 0 : often * (dying ? w.of_dying : w.of_body);
        };
        for (const weight& w : weights)
            sum += of(w);
        int n = dice_.below(sum);
        for (const weight& w : weights)
            if ((n -= of(w)) < 0)
                return &w;
        return nullptr;
    }

    phase some_phase(const actor& a) {
        switch (dice_.below(12)) {
        case 0:
            return may(dying_acts) ? phase::destructor : phase::body;
        case 1:
            return may(terminate_acts) && a.what != kind::function ? phase::terminate : phase::body;
        case 2:
            return may(constructor_acts) && a.what != kind::function ? phase::constructor
                                                                     : phase::body;
        default:
            return phase::body;
        }
    }

    int some_time(bool short_one) {
        if (short_one)
            return dice_.below(usual_times - 1);
        if (may(extreme_times) && dice_.once_in(5))
            return usual_times + dice_.below(all_times - usual_times);
        return dice_.below(usual_times);
    }

    void any_step() {
        step s;
        s.actor = dice_.below(count());
        const actor& a = made_.actors[static_cast<std::size_t>(s.actor)];
        s.when = s.actor == 0 ? phase::body : some_phase(a);
        const bool dying = s.when == phase::destructor;
        const weight& w = *choose(dying);
        s.what = w.what;
        s.target = 1 + dice_.below(count() - 1);
        s.number =
            takes_time(w.what) ? some_time(s.actor == 0 || s.when != phase::body) : dice_.below(60);
        s.swallow = may(swallowing) && !dying && dice_.once_in(12);
        s.bomb = may(bombs) && dice_.once_in(10) ? 1 + dice_.below(3) : 0;
        // Actor 0 cleans up, so it lives to the end and does not wait for long.
        if (s.actor == 0 && (w.what == op::leave || w.what == op::fail || w.what == op::finish ||
                             w.what == op::link || w.what == op::name || w.what == op::trap))
            s.what = op::yield;
        // Nor does it wait for room in the mailbox of an actor that may sleep for ever.
        const actor& to = made_.actors[static_cast<std::size_t>(s.target)];
        if (s.actor == 0 && to.bound != 0 && to.policy == 0 &&
            (w.what == op::send || w.what == op::cast || w.what == op::request)) {
            s.what = op::try_cast;
            s.number %= usual_times - 1;
        }
        add(s);
    }

    dice dice_;
    std::uint32_t features_;
    program made_;
};

} // namespace

std::uint32_t feature_of(std::string_view name) {
    for (std::size_t i = 0; i < feature_words.size(); ++i)
        if (feature_words[i] == name)
            return 1U << i;
    return 0;
}

program generate(std::uint64_t seed, std::uint32_t features) {
    return generator{seed, features}.make();
}

void shorten(program& p) {
    constexpr int one_second = 6, one_hour = 7, some_milliseconds = 5;
    for (step& s : p.steps)
        if (const int n = s.number % all_times;
            takes_time(s.what) && (n == one_second || n == one_hour))
            s.number = some_milliseconds;
}

std::string_view time_text(int number) {
    static constexpr std::array<std::string_view, all_times> words{"0",
                                                                   "1ns",
                                                                   "100us",
                                                                   "1ms",
                                                                   "3ms",
                                                                   "20ms",
                                                                   "1s",
                                                                   "1h",
                                                                   "-1ns",
                                                                   "-1h",
                                                                   "min",
                                                                   "max",
                                                                   "hours::max",
                                                                   "seconds::min",
                                                                   "1e300s",
                                                                   "a deadline past",
                                                                   "time_point::min",
                                                                   "infinity"};
    return words[static_cast<std::size_t>(number) % words.size()];
}

std::string_view reason_text(int number) {
    static constexpr std::array<std::string_view, reasons> words{"kill",   "shutdown", "boom",
                                                                 "normal", "kill",     "bang"};
    return words[static_cast<std::size_t>(number) % words.size()];
}

std::string text(const step& s) {
    std::ostringstream out;
    out << "step " << s.actor << ' ' << phase_words[static_cast<std::size_t>(s.when)] << ' '
        << op_words[static_cast<std::size_t>(s.what)] << ' ' << s.target << ' ' << s.number << ' '
        << (s.swallow ? "swallow" : "-") << ' ' << s.bomb;
    if (takes_time(s.what))
        out << " # " << time_text(s.number);
    else if (s.what == op::exit || s.what == op::leave || s.what == op::finish ||
             s.what == op::strike)
        out << " # " << reason_text(s.number);
    return out.str();
}

void print(std::ostream& out, const program& p) {
    out << "seed " << p.seed << '\n';
    for (const actor& a : p.actors)
        out << "actor " << kind_words[static_cast<std::size_t>(a.what)] << ' ' << a.bound << ' '
            << policy_words[static_cast<std::size_t>(a.policy)] << ' ' << (a.traps ? "traps" : "-")
            << '\n';
    for (const step& s : p.steps)
        out << text(s) << '\n';
}

program parse(std::istream& in) {
    program p;
    for (std::string line; std::getline(in, line);) {
        std::istringstream words{line.substr(0, line.find('#'))};
        std::string first, a, b, c;
        if (!(words >> first))
            continue;
        bool good = false;
        if (first == "seed")
            good = static_cast<bool>(words >> p.seed);
        else if (first == "actor") {
            actor x;
            good = static_cast<bool>(words >> a >> x.bound >> b >> c);
            x.what = static_cast<kind>(index_of(kind_words, a));
            x.policy = index_of(policy_words, b);
            x.traps = c == "traps";
            p.actors.push_back(x);
        } else if (first == "step") {
            step s;
            good = static_cast<bool>(words >> s.actor >> a >> b >> s.target >> s.number >> c >>
                                     s.bomb);
            s.when = static_cast<phase>(index_of(phase_words, a));
            s.what = static_cast<op>(index_of(op_words, b));
            s.swallow = c == "swallow";
            p.steps.push_back(s);
        }
        if (!good)
            throw std::runtime_error{"no line of a program: " + line};
    }
    return p;
}

} // namespace simulation
