// SPDX-License-Identifier: BSL-1.0
#include <coppice/report.hpp>
#include <fmt/format.h>

// What each event says of itself.
namespace coppice {
namespace {

std::string text_of(pid p, const std::string& name, const std::string& type = {}) {
    std::string s = name.empty() ? p.text() : name + ' ' + p.text();
    if (!type.empty())
        s += " (" + type + ')';
    return s;
}

/// The facts of an error that need lines of their own.
void describe_error(const exit_reason& r, log::description& d) {
    d.fact_of("reason", r);
    if (const auto* c = r.crash()) {
        d.fact_of("exception", c->type);
        d.line_of("thrown at", c->trace());
    }
}

std::string supervisor(pid p, const std::string& name) { return text_of(p, name, "supervisor"); }

} // namespace

void describe(const process_crashed& e, log::description& d) {
    d.say(text_of(e.process, e.name, e.type) + " crashed: " + e.reason.text());
    d.fact_of("process", e.process);
    d.fact_of("type", e.type);
    describe_error(e.reason, d);
    d.line_of("handling", e.handling);
    d.line_of("state", e.state);
    if (e.messages > 0)
        d.line_of("messages waiting", static_cast<std::int64_t>(e.messages));
    d.line_of("ancestors", e.ancestors);
    d.line_of("callers", e.callers);
    d.line_of("links", e.links);
    if (e.further_links > 0)
        d.line_of("further links", static_cast<std::int64_t>(e.further_links));
}

void describe(const stack_abandoned& e, log::description& d) {
    d.say(text_of(e.process, e.name, e.type) +
          " ended in std::terminate, and its stack is left behind: " + e.reason.text() +
          "; the first of these functions that is noexcept, as a destructor is, let no exception "
          "pass");
    d.fact_of("process", e.process);
    d.fact_of("reason", e.reason);
    d.line_of("handling", e.handling);
    d.line_of("stack", e.trace);
    d.fact_of("stacks left behind", static_cast<std::int64_t>(e.total));
}

void describe(const handler_failed& e, log::description& d) {
    d.say(text_of(e.process, e.name, e.type) +
          " goes on after a failed handler: " + e.reason.text());
    d.fact_of("process", e.process);
    describe_error(e.reason, d);
    d.line_of("handling", e.handling);
}

void describe(const unexpected_message& e, log::description& d) {
    d.say(text_of(e.process, e.name, e.type) + " has no handler for " + e.message);
    d.fact_of("process", e.process);
    d.fact_of("message", e.message);
}

void describe(const exit_swallowed& e, log::description& d) {
    d.say(fmt::format("{} swallowed its exit exception {} times: rethrow it",
                      text_of(e.process, e.name, e.type), e.times));
    d.fact_of("process", e.process);
    d.fact_of("times", static_cast<std::int64_t>(e.times));
    d.line_of("handling", e.handling);
}

void describe(const long_handler& e, log::description& d) {
    d.say((e.process ? text_of(e.process, e.name, e.type) : e.name) + " holds its thread for " +
          detail::duration_text(std::chrono::duration_cast<std::chrono::nanoseconds>(e.ran)));
    if (e.process)
        d.fact_of("process", e.process);
    d.line_of("handling", e.handling);
    d.line_of("stack", e.trace);
}

void describe(const thread_blocked& e, log::description& d) {
    d.say(fmt::format(
        "{} has blocked its thread for {}: it waits for a std::mutex, the guard of a "
        "function-local "
        "static, or the like. If the holder is one of the processes that are suspended on this "
        "thread, none of them goes on",
        text_of(e.process, e.name, e.type),
        detail::duration_text(std::chrono::duration_cast<std::chrono::nanoseconds>(e.waited))));
    d.fact_of("process", e.process);
    d.line_of("handling", e.handling);
    d.line_of("suspended", e.suspended);
    if (e.further_suspended > 0)
        d.line_of("further suspended", static_cast<std::int64_t>(e.further_suspended));
}

void describe(const process_abandoned& e, log::description& d) {
    d.say(e.name + " did not end and was left behind, " + e.doing);
    d.fact_of("name", e.name);
    d.fact_of("doing", e.doing);
}

void describe(const dead_letter& e, log::description& d) {
    d.say(fmt::format("a {} to {} was lost: {}", e.message, e.to.text(), to_string(e.why)));
    d.fact_of("to", e.to);
    d.fact_of("message", e.message);
}

void describe(const message_dropped& e, log::description& d) {
    d.say(fmt::format("the mailbox of {} is full: a {} was lost ({}); {} so far",
                      text_of(e.process, e.name), e.message, e.policy, e.total));
    d.fact_of("process", e.process);
    d.fact_of("message", e.message);
    d.fact_of("policy", e.policy);
    d.fact_of("total", static_cast<std::int64_t>(e.total));
}

void describe(const child_started& e, log::description& d) {
    d.say(supervisor(e.supervisor, e.name) + " started " + e.child + ' ' + e.process.text());
    d.fact_of("supervisor", e.supervisor);
    d.fact_of("child", e.child);
    d.fact_of("process", e.process);
}

void describe(const child_start_failed& e, log::description& d) {
    d.say(supervisor(e.supervisor, e.name) + " could not start " + e.child + ": " +
          e.reason.text());
    d.fact_of("supervisor", e.supervisor);
    d.fact_of("child", e.child);
    describe_error(e.reason, d);
}

void describe(const child_terminated& e, log::description& d) {
    d.say(fmt::format("{}: {} {} ended: {}; {} restarts left", supervisor(e.supervisor, e.name),
                      e.child, e.process.text(), e.reason.text(), e.restarts_left));
    d.fact_of("supervisor", e.supervisor);
    d.fact_of("child", e.child);
    d.fact_of("process", e.process);
    d.fact_of("reason", e.reason);
    d.fact_of("restarts_left", static_cast<std::int64_t>(e.restarts_left));
}

void describe(const shutdown_error& e, log::description& d) {
    d.say(fmt::format("{}: {} {} was told to stop and ended with {}",
                      supervisor(e.supervisor, e.name), e.child, e.process.text(),
                      e.reason.text()));
    d.fact_of("supervisor", e.supervisor);
    d.fact_of("child", e.child);
    d.fact_of("reason", e.reason);
    if (e.children > 1)
        d.fact_of("children", static_cast<std::int64_t>(e.children));
}

void describe(const supervisor_gave_up& e, log::description& d) {
    d.say(fmt::format(
        "{} gives up: more than {} restarts in {}, the last of {}",
        supervisor(e.supervisor, e.name), e.intensity,
        detail::duration_text(std::chrono::duration_cast<std::chrono::nanoseconds>(e.period)),
        e.child));
    d.fact_of("supervisor", e.supervisor);
    d.fact_of("child", e.child);
    d.fact_of("intensity", static_cast<std::int64_t>(e.intensity));
}

void describe(const runtime_notice& e, log::description& d) { d.say(e.text); }

} // namespace coppice
