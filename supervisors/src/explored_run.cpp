// SPDX-License-Identifier: BSL-1.0
#include "explored_run.hpp"

#include <algorithm>
#include <coppice/detail/log_argument.hpp>
#include <coppice/names.hpp>
#include <coppice/this_process.hpp>
#include <fmt/format.h>

namespace coppice::detail {

explored_run::explored_run(std::uint64_t seed,
                           const testing::faults& allowed,
                           const std::optional<decisions>& replayed)
    : allowed_{allowed},
      replays_{replayed.has_value()},
      order_random_{seed},
      fault_random_{~seed} { // so that the faults of a seed do not change its order
    if (replayed)
        for (const decision& d : *replayed)
            replayed_[static_cast<std::size_t>(d.what)].push_back(d);
}

// --- the program ---

void explored_run::program_begins() {
    program_ = this_process::self();
    name_of_[program_] = new_name("the test");
    began_ = this_process::now();
    running_ = true;
}

void explored_run::program_ends(bool by_exception) {
    if (by_exception && gave_up_.empty())
        look_into_mailboxes();
    running_ = false;
}

void explored_run::note_assertion(const testing::assertion_failed& e) {
    assertion_ = {.sentence = e.sentence(), .where = e.where()};
}

void explored_run::give_up(std::string sentence) {
    if (gave_up_.empty()) {
        gave_up_ = std::move(sentence);
        look_into_mailboxes();
    }
    running_ = false;
    ++kills_of_program_;
    program_.exit(exit_reason::kill);
}

void explored_run::look_into_mailboxes() {
    mailboxes_.push_back("the test: " + mailbox_text_of(program_));
    for (const child& c : children_) {
        const std::string text = mailbox_text_of(c.process);
        if (c.process.alive() && text != "the mailbox is empty")
            mailboxes_.push_back(fmt::format("{}: {}", names_[name(c.process, c.id)], text));
    }
}

// --- decisions ---

bool explored_run::chance(double probability) {
    if (probability <= 0 || faults_ >= allowed_.max_faults)
        return false;
    constexpr double two_to_the_53 = 9007199254740992.0;
    return static_cast<double>(fault_random_() >> 11) / two_to_the_53 < probability;
}

std::uint64_t explored_run::replayed_at(kind what, std::uint64_t point) {
    const auto k = static_cast<std::size_t>(what);
    const decisions& all = replayed_[k];
    std::size_t& next = next_replayed_[k];
    return next < all.size() && all[next].point == point ? all[next++].value : 0;
}

/// 0: as usual.
template <class Draw>
std::uint64_t explored_run::decide(kind what, Draw draw) {
    const std::uint64_t point = ++points_[static_cast<std::size_t>(what)];
    return replays_ ? replayed_at(what, point) : draw();
}

void explored_run::before_choice() {
    if (!running_)
        return;
    if (++steps_ > allowed_.max_steps)
        return give_up(
            fmt::format("the program has not come to its end after {} steps", allowed_.max_steps));
    if (allowed_.crash <= 0 || paused_ > 0)
        return;
    std::erase_if(children_, [](const child& c) { return !c.process.alive(); });
    const std::size_t n = children_.size();
    if (n == 0)
        return;
    const std::uint64_t which = decide(kind::crash, [&]() -> std::uint64_t {
        return chance(allowed_.crash) ? 1 + fault_random_() % n : 0;
    });
    if (which == 0)
        return;
    const auto victim = children_.begin() + static_cast<std::ptrdiff_t>((which - 1) % n);
    make(kind::crash, which);
    note(event::what::crash, name(victim->process, victim->id), 0);
    const pid process = victim->process;
    children_.erase(victim);
    process.exit(exit_reason::kill);
}

std::size_t explored_run::choose(std::size_t n) {
    if (!running_)
        return 0;
    const std::uint64_t i =
        decide(kind::order, [&]() -> std::uint64_t { return order_random_() % n; }) % n;
    if (i != 0)
        make(kind::order, i);
    had_waited_longer_ = i;
    return i;
}

std::chrono::nanoseconds explored_run::delay(pid server, std::string_view server_kind) {
    using std::chrono::nanoseconds;
    if (!is_open() || allowed_.slow_handler <= 0 || !child_of(server))
        return {};
    const auto longest = static_cast<std::uint64_t>(nanoseconds{allowed_.slow_for}.count());
    const std::uint64_t d = decide(kind::slow_handler, [&]() -> std::uint64_t {
        return chance(allowed_.slow_handler) ? 1 + fault_random_() % longest : 0;
    });
    if (d == 0)
        return {};
    make(kind::slow_handler, d);
    note(event::what::slow_handler, name(server, server_kind), d);
    return nanoseconds{static_cast<nanoseconds::rep>(d)};
}

bool explored_run::mailbox_is_full(pid to) {
    if (!is_open() || allowed_.full_mailbox <= 0)
        return false;
    const std::uint64_t full = decide(kind::full_mailbox, [&]() -> std::uint64_t {
        return chance(allowed_.full_mailbox) ? 1 : 0;
    });
    if (full == 0)
        return false;
    make(kind::full_mailbox, full);
    note(event::what::full_mailbox, name(to, "process"), 0);
    return true;
}

bool explored_run::start_fails(std::string_view id) {
    if (!is_open() || allowed_.failed_start <= 0)
        return false;
    const std::uint64_t fails = decide(kind::failed_start, [&]() -> std::uint64_t {
        return chance(allowed_.failed_start) ? 1 : 0;
    });
    if (fails == 0)
        return false;
    make(kind::failed_start, fails);
    names_.emplace_back(id); // no process, so it is none of those that had the name
    note(event::what::failed_start, static_cast<std::uint32_t>(names_.size() - 1), 0);
    return true;
}

void explored_run::child_started(pid process, std::string_view id) {
    children_.push_back({process, std::string{id}});
}

void explored_run::runs(pid process, std::string_view process_kind) {
    const std::uint64_t longer = std::exchange(had_waited_longer_, 0);
    if (running_)
        note(event::what::run, name(process, process_kind), longer);
}

bool explored_run::nothing_can_run() {
    if (!program_ || !program_.alive() || kills_of_program_ > 1)
        return false;
    give_up("the program waits for ever: no process can run, and no timer is pending");
    return true;
}

// --- names ---

const explored_run::child* explored_run::child_of(pid process) const {
    const auto c = std::find_if(children_.begin(), children_.end(),
                                [&](const child& c) { return c.process == process; });
    return c == children_.end() ? nullptr : &*c;
}

std::uint32_t explored_run::new_name(std::string base) {
    const std::size_t n = ++bearers_[base];
    names_.push_back(n == 1 ? std::move(base) : fmt::format("{}#{}", base, n));
    return static_cast<std::uint32_t>(names_.size() - 1);
}

/// No pid stands in a trace: its text need not be the same in another program.
std::uint32_t explored_run::name(pid process, std::string_view process_kind) {
    if (const auto known = name_of_.find(process); known != name_of_.end())
        return known->second;
    std::string base = registered_name(process);
    if (base.empty()) {
        const child* const c = child_of(process);
        base = c ? c->id : std::string{process_kind};
    }
    constexpr std::size_t longest = 60; // the name of a lambda may be a page
    if (base.size() > longest)
        base = base.substr(0, longest) + "...";
    return name_of_[process] = new_name(std::move(base));
}

void explored_run::note(event::what happened, std::uint32_t who, std::uint64_t value) {
    if (happened != event::what::run)
        ++faults_;
    events_.push_back({.happened = happened,
                       .who = who,
                       .step = steps_,
                       .at = this_process::now() - began_,
                       .value = value});
}

// --- what came of it ---

explored_run::end explored_run::result(const std::exception_ptr& thrown) const {
    if (!gave_up_.empty())
        return {.sentence = gave_up_};
    if (!thrown)
        return {};
    if (!assertion_.sentence.empty())
        return assertion_;
    return {.sentence = exit_reason::from_exception(thrown).text()};
}

std::size_t explored_run::count(decision::kind k) const noexcept {
    return static_cast<std::size_t>(
        std::count_if(made_.begin(), made_.end(), [k](const decision& d) { return d.what == k; }));
}

std::string explored_run::line(const event& e) const {
    const std::string_view who = names_[e.who];
    std::string when = fmt::format("step {}, at {}: ", e.step, duration_text(e.at));
    switch (e.happened) {
    case event::what::run:
        return e.value == 0
                   ? fmt::format("{}{} runs", when, who)
                   : fmt::format("{}{} runs before {} that had waited longer", when, who, e.value);
    case event::what::crash:
        return fmt::format("{}{} is killed", when, who);
    case event::what::failed_start:
        return fmt::format("{}the start of {} fails", when, who);
    case event::what::full_mailbox:
        return fmt::format("{}the mailbox of {} is full", when, who);
    case event::what::slow_handler:
        return fmt::format(
            "{}a handler of {} takes {} longer", when, who,
            duration_text(std::chrono::nanoseconds{static_cast<std::int64_t>(e.value)}));
    }
    return when;
}

std::vector<std::string> explored_run::fault_lines() const {
    std::vector<std::string> lines;
    for (const event& e : events_)
        if (e.happened != event::what::run)
            lines.push_back(line(e));
    return lines;
}

std::vector<std::string> explored_run::order_lines() const {
    std::vector<std::string> lines;
    for (const event& e : events_)
        if (e.happened == event::what::run && e.value != 0)
            lines.push_back(line(e));
    return lines;
}

std::string explored_run::trace() const {
    std::string text;
    for (const event& e : events_)
        text += line(e) + '\n';
    return text;
}

} // namespace coppice::detail
