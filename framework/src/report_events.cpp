// SPDX-License-Identifier: BSL-1.0
#include "report_events.hpp"
#include <cstdio>
namespace coppice::detail {
static void say(const std::string& s) {
    if (getenv("COPPICE_LOG"))
        std::fprintf(stderr, "[coppice] %s\n", s.c_str());
}
void report_crash(process& p, const exit_reason& reason) {
    say("crash " + p.self().text() + " " + reason.text());
}
void report_kept_going(process& p, const exit_reason& reason) {
    say("kept going " + p.self().text() + " " + reason.text());
}
void report_swallowed_kill(process& p) { say("swallowed kill " + p.self().text()); }
void report_unexpected(process& p, std::string_view t) {
    say("unexpected " + p.self().text() + " " + std::string{t});
}
void report_undelivered(pid, const failure&) {}
void report_dropped(pid to, const node&, overflow_policy) { say("dropped for " + to.text()); }
void report_straggler(std::string_view who, std::string_view doing) {
    say("straggler " + std::string{who} + " " + std::string{doing});
}
void report_out_of_stacks() { say("out of stacks"); }
} // namespace coppice::detail
