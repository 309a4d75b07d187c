// SPDX-License-Identifier: BSL-1.0
#include "log/report_events.hpp"
#include "process/guarded.hpp"
#include "process/process_extras.hpp"
#include "process/replay_order.hpp"
#include "process/task_callers.hpp"
#include "process/throw_sites.hpp"
#include <coppice/report.hpp>
#include <dlfcn.h>
#include <fmt/format.h>

namespace coppice::detail {
namespace {

std::string type_of(const process& p) {
    return std::string{p.server ? p.server->name : p.raw ? p.raw->name : std::string_view{}};
}
/// What its spawner called it, else its type. Owner only.
std::string kind_of(const process& p) {
    const rare_extras* x = rare_if_any(p);
    return x && !x->label.empty() ? x->label : type_of(p);
}
std::string handling(const process& p) {
    const envelope_ops* o = p.handling.load(std::memory_order_relaxed);
    return o ? std::string{o->name} : std::string{};
}
/// A frame a line. Without coppice::throw_trace only what the program exports has a name; the
/// others can be looked up in the program by addr2line.
std::string text_of_frames(std::span<const void* const> frames, names of_functions = names::all) {
    const throw_sites* const sites = known_throw_sites.load(std::memory_order_acquire);
    if (sites && of_functions == names::all)
        return sites->text(frames.data(), frames.size());
    std::string lines;
    for (const void* frame : frames) {
        Dl_info at{};
        if (dladdr(frame, &at) == 0)
            continue;
        if (!lines.empty())
            lines += '\n';
        if (at.dli_sname)
            lines += demangled(at.dli_sname);
        else
            lines += fmt::format("{}+{:#x}", at.dli_fname,
                                 static_cast<const char*>(frame) -
                                     static_cast<const char*>(at.dli_fbase));
    }
    return lines;
}
std::string name_or_pid(pid p) {
    std::string name = registered_name(p);
    return name.empty() ? p.text() : name;
}

/// Parent first. A parent that has ended ends the chain.
std::vector<std::string> ancestors_of(const process& p) {
    std::vector<std::string> chain;
    constexpr std::size_t deepest = 32;
    for (pid at = p.parent; at && chain.size() < deepest;) {
        chain.push_back(name_or_pid(at));
        if (!is_alive(at))
            break;
        at = slot_of(at)->parent; // set before it ran, and never changed
    }
    return chain;
}

/// Who asked for a task, nearest first.
std::vector<std::string> names_of_callers(const process& p) {
    std::vector<std::string> names;
    for (const pid caller : callers_of(p))
        names.push_back(name_or_pid(caller));
    return names;
}

} // namespace

// Each is made in the middle of something, often where nothing may be thrown: a report that cannot
// be made is lost and counted, see report_without_fail.

void report_crash(process& p, const exit_reason& reason, const envelope_ops* during) {
    const auto event = [&] {
        process_crashed e{.process = p.self(),
                          .name = registered_name(p.self()),
                          .type = kind_of(p),
                          .reason = reason,
                          .handling = during ? std::string{during->name} : std::string{},
                          .messages = p.mail.size(),
                          .ancestors = ancestors_of(p),
                          .callers = names_of_callers(p)};
        if (p.server && p.state && p.server->format_status)
            guarded([&] { e.state = p.server->format_status(p.state); });
        constexpr std::size_t most_links = 100;
        if (p.extras)
            for_each_in_replay_order(p.extras->links, [&](pid other) {
                if (e.links.size() < most_links)
                    e.links.push_back(name_or_pid(other));
                else
                    ++e.further_links;
            });
        return e;
    };
    report_without_fail(severity::error, event, p.self());
}

void report_abandoned(process& p,
                      const exit_reason& reason,
                      const std::vector<const void*>& frames,
                      std::size_t left) {
    const auto event = [&] {
        return stack_abandoned{.process = p.self(),
                               .name = registered_name(p.self()),
                               .type = kind_of(p),
                               .reason = reason,
                               .handling = handling(p),
                               .trace = text_of_frames(frames),
                               .total = left};
    };
    report_without_fail(severity::critical, event, p.self());
}

void report_kept_going(process& p, const exit_reason& reason, const envelope_ops& during) {
    const auto event = [&] {
        return handler_failed{p.self(), registered_name(p.self()), kind_of(p), reason,
                              std::string{during.name}};
    };
    report_without_fail(severity::error, event, p.self());
}

void report_swallowed_kill(process& p) {
    const auto event = [&] {
        return exit_swallowed{p.self(), registered_name(p.self()), kind_of(p), handling(p),
                              rare_of(p).swallowed_kills};
    };
    report_without_fail(severity::warning, event, p.self());
}

void report_unexpected(process& p, std::string_view message_type) {
    const auto event = [&] {
        return unexpected_message{p.self(), registered_name(p.self()), kind_of(p),
                                  std::string{message_type}};
    };
    report_without_fail(severity::warning, event, p.self());
}

void report_undelivered(pid to, std::string_view message_type, errc why) {
    report_without_fail(severity::debug, [&] {
        return dead_letter{to, std::string{message_type}, why};
    });
}

void report_dropped(pid to, std::string_view message_type, overflow_policy policy) {
    constexpr std::string_view words[] = {"block", "reject", "drop_newest", "drop_oldest"};
    const std::uint64_t total = slot_of(to)->dropped.fetch_add(1, std::memory_order_relaxed) + 1;
    const auto event = [&] {
        return message_dropped{to, registered_name(to), std::string{message_type},
                               std::string{words[static_cast<std::size_t>(policy)]}, total};
    };
    // Each is counted; the log hears of the first, the second, the fourth, ...
    if ((total & (total - 1)) == 0)
        report_without_fail(severity::warning, event, to);
}

long_handler describe_long_handler(const process& p, time_limit::clock::duration ran) {
    const pid who = pid_in(p, p.inbox.word(std::memory_order_relaxed));
    return {who, registered_name(who), type_of(p), handling(p), ran, {}};
}

long_handler describe_long_asio_handler(time_limit::clock::duration ran) {
    return {.name = "a handler of Asio", .ran = ran};
}

void report_long_handler(long_handler e, std::span<const void* const> frames, names of_functions) {
    const pid who = e.process;
    const auto event = [&] {
        e.trace = text_of_frames(frames, of_functions);
        return std::move(e);
    };
    report_without_fail(severity::warning, event, who);
}

void suspended_processes::add(const process& p) {
    constexpr std::size_t most = 16;
    if (++count > most)
        return;
    const pid who = p.self();
    std::string text = registered_name(who);
    if (!text.empty())
        text += ' ';
    text += who.text();
    if (const std::string type = type_of(p); !type.empty())
        text += " (" + type + ')';
    if (const std::string message = handling(p); !message.empty())
        text += ", handling " + message;
    some.push_back(std::move(text));
}

void report_thread_blocked(const process& p,
                           time_limit::clock::duration waited,
                           suspended_processes others) {
    const pid who = p.self();
    const auto event = [&] {
        const std::size_t further = others.count - others.some.size();
        return thread_blocked{who,    registered_name(who),   type_of(p), handling(p),
                              waited, std::move(others.some), further};
    };
    report_without_fail(severity::critical, event, who);
}

void report_unstopped(std::string_view who, std::string_view doing) {
    report_without_fail(severity::critical, [&] {
        return process_abandoned{std::string{who}, std::string{doing}};
    });
}

void report_failed_handler(const exit_reason& why) {
    report_without_fail(severity::error, [&] {
        return runtime_notice{
            "a handler of Asio failed: " + why.text() +
            "; it ran in no process: let it catch what is thrown, or wait for the operation in a "
            "process, with use_process"};
    });
}

void report_out_of_stacks() {
    report_without_fail(severity::error, [] {
        return runtime_notice{
            "no stack is free: processes wait until others are done with theirs; raise "
            "runtime::options::max_stacks, or block in fewer handlers"};
    });
}

} // namespace coppice::detail
