// SPDX-License-Identifier: BSL-1.0
#include "where.hpp"
#include <coppice/request_set.hpp>
#include <coppice/testing.hpp>

namespace where {

using namespace coppice;
using namespace std::chrono_literals;

call_targets targets;

namespace {

constexpr const char* yes = "yes";

std::string text(bool b) { return b ? "true" : "false"; }
std::string text(pid p) { return p ? "a pid" : "null"; }
template <class T>
std::string text(const result<T>& r) {
    return r ? yes : std::string{to_string(r.error().code)};
}
template <class T>
std::string text(const std::optional<T>& o) {
    return o ? yes : "nothing";
}

void idle() { this_process::receive<note>(); }
std::vector<child_spec> no_children() { return {}; }

constexpr function all[] = {
    // --- messages ---
    {"pid::send", [] { return targets.other.send(note{}), std::string{yes}; }},
    {"pid::send_after", [] { return targets.other.send_after(1h, note{}), std::string{yes}; }},
    {"timer_ref::cancel", [] { return text(targets.other.send_after(1h, note{}).cancel()); }},
    {"pid::exit", [] { return targets.other.exit(exit_reason{"over"}), std::string{yes}; }},
    {"pid::alive", [] { return text(targets.other.alive()); }},
    {"receive, 0", [] { return text(this_process::receive<note>(0ms)); }},
    {"receive, 1ms", [] { return text(this_process::receive<note>(1ms)); }},
    // --- processes ---
    {"spawn", [] { return text(spawn(idle)); }},
    {"spawn_link", [] { return text(spawn_link(idle)); }},
    {"spawn_monitor", [] { return text(spawn_monitor(idle).process); }},
    {"this_process::self", [] { return text(this_process::self()); }},
    {"this_process::parent", [] { return this_process::parent(), std::string{yes}; }},
    {"this_process::link", [] { return this_process::link(targets.other), std::string{yes}; }},
    {"this_process::unlink", [] { return this_process::unlink(targets.other), std::string{yes}; }},
    {"this_process::monitor",
     [] { return (void)this_process::monitor(targets.other), std::string{yes}; }},
    {"this_process::demonitor", [] { return text(this_process::demonitor(monitor_ref{})); }},
    {"this_process::trap_exit", [] { return text(this_process::trap_exit(true)); }},
    {"this_process::traps_exit", [] { return text(this_process::traps_exit()); }},
    {"this_process::exit", []() -> std::string { this_process::exit(exit_reason::shutdown); }},
    {"this_process::ignore", []() -> std::string { this_process::ignore(); }},
    {"this_process::stop", [] { return this_process::stop(), std::string{yes}; }},
    {"this_process::sleep, 0", [] { return this_process::sleep(0ms), std::string{yes}; }},
    {"this_process::sleep, 1ms", [] { return this_process::sleep(1ms), std::string{yes}; }},
    {"this_process::yield", [] { return this_process::yield(), std::string{yes}; }},
    {"this_process::now", [] { return (void)this_process::now(), std::string{yes}; }},
    {"this_process::deadline", [] { return (void)this_process::deadline(), std::string{yes}; }},
    {"this_process::idle_timeout", [] { return this_process::idle_timeout(1h), std::string{yes}; }},
    {"this_process::set_priority",
     [] { return std::string{to_string(this_process::set_priority(priority::normal))}; }},
    {"this_process::hibernate", [] { return this_process::hibernate(), std::string{yes}; }},
    {"this_process::continue_with",
     [] {
         return this_process::continue_with(static_cast<server*>(nullptr), note{}),
                std::string{yes};
     }},
    {"this_process::info", [] { return text(this_process::info().process); }},
    // --- servers ---
    {"start", [] { return text(start<server>()); }},
    {"try_start", [] { return text(try_start<server>()); }},
    {"try_start_link", [] { return text(try_start_link<server>()); }},
    {"start_monitor", [] { return text(start_monitor<server>().server); }},
    {"try_start, with a name", [] { return text(try_start<server>({.name = new_name})); }},
    {"cast", [] { return targets.target.cast(note{}), std::string{yes}; }},
    {"try_cast", [] { return text(targets.target.try_cast(note{})); }},
    {"call", [] { return targets.target.call(question{}), std::string{yes}; }},
    {"try_call", [] { return text(targets.target.try_call(question{})); }},
    {"send_request",
     [] { return (void)targets.target.send_request(question{}), std::string{yes}; }},
    {"pending::try_get", [] { return text(targets.target.send_request(question{}).try_get()); }},
    {"request_set::next",
     [] {
         request_set<int> all;
         all.add(1, targets.target.send_request(question{}));
         const auto a = all.next();
         return a ? text(a->value) : std::string{"nothing"};
     }},
    {"server_ref::send", [] { return targets.target.send(note{}), std::string{yes}; }},
    {"server_ref::try_stop", [] { return text(targets.target.try_stop()); }},
    {"sys::try_suspend", [] { return text(sys::try_suspend(targets.target)); }},
    {"sys::try_get_state",
     [] { return text(sys::try_get_state(targets.target, [](const auto&) { return 1; })); }},
    {"sys::try_get_status", [] { return text(sys::try_get_status(targets.target)); }},
    {"sys::try_log", [] { return text(sys::try_log(targets.target, 10)); }},
    // --- names and questions ---
    {"register_name", [] { return text(register_name("other", targets.other)); }},
    {"unregister_name", [] { return text(unregister_name("target")); }},
    {"whereis", [] { return text(whereis("target")); }},
    {"registered_names", [] { return std::to_string(registered_names().size()); }},
    {"registered_name", [] { return registered_name(targets.target) + '.'; }},
    {"process_info", [] { return text(process_info(targets.target)); }},
    {"process_info_from_outside", [] { return text(process_info_from_outside(targets.target)); }},
    {"processes", [] { return std::string{processes().empty() ? "none" : "some"}; }},
    // --- trees ---
    {"supervisor::try_start_child",
     [] { return text(supervisor::try_start_child(targets.tree, child<server>("one"))); }},
    {"supervisor::try_terminate_child",
     [] { return text(supervisor::try_terminate_child(targets.tree, "none")); }},
    {"supervisor::try_which_children",
     [] { return text(supervisor::try_which_children(targets.tree)); }},
    {"start<supervisor>",
     [] { return text(start<supervisor>(supervisor_flags{}, no_children())); }},
    // --- the runtime ---
    {"runtime::start", [] { return runtime::start({.threads = 1}), std::string{yes}; }},
    {"runtime::running", [] { return text(runtime::running()); }},
    {"runtime::thread_count", [] { return std::string{runtime::thread_count() ? "some" : "0"}; }},
    {"runtime::run", [] { return runtime::run([] {}), std::string{yes}; }},
    {"runtime::stop", [] { return std::string{runtime::stop(5s).empty() ? yes : "left behind"}; }},
    {"application::run", [] { return std::to_string(application{}.run([] { return 7; })); }},
    {"testing::simulation",
     [] {
         testing::simulation s;
         return std::string{yes};
     }},
    {"blocking", [] { return text(blocking([] { return true; })); }},
    {"log::info", [] { return log::info("a line"), std::string{yes}; }},
};

} // namespace

std::span<const function> functions() { return all; }

std::string outcome(std::string (*call)()) {
    try {
        return call();
    } catch (const call_error& e) {
        return "throws " + std::string{to_string(e.code())};
    } catch (const std::logic_error&) {
        return "std::logic_error";
    } catch (const std::exception& e) {
        return std::string{"throws "} + e.what();
    } catch (...) {
        return "ends the process";
    }
}

} // namespace where
