// SPDX-License-Identifier: BSL-1.0
// Alarms that come as lines, and handlers for them, of which each may crash by itself.
#include "../line_server.hpp"
#include "../listening.hpp"
#include "../options.hpp"
#include "commands.hpp"
#include "handlers.hpp"
#include "intake.hpp"
#include <boost/asio/signal_set.hpp>
#include <coppice/asio.hpp>
#include <csignal>

namespace po = boost::program_options;
using namespace coppice;
using namespace std::chrono_literals;

namespace {

/// A program that has moved the file away says so by SIGHUP, as logrotate does.
void reopen_at_hangup() {
    boost::asio::signal_set hangup{this_process::io_executor(), SIGHUP};
    for (;;) {
        hangup.async_wait(use_process);
        alarms::alarm_events::notify(alarms::the_events, alarms::reopen{});
    }
}

/// The manager, and behind it its handlers: when it has crashed, all are added to the new one. One
/// that crashed alone is brought back by its own child; where that fails, as with a full disk, it
/// tries again at growing intervals, and the others go on.
std::vector<child_spec> events(const std::string& file) {
    using alarms::alarm_events, alarms::the_events;
    const supervisor_flags patient{
        .intensity = 1000, .period = 1s, .backoff = {.min = 10ms, .max = 1s}};
    return {
        child<alarm_events>(the_events),
        child<event_handler<alarm_events, alarms::table>>("table", the_events),
        child<supervisor>(
            "outputs", patient,
            {child<event_handler<alarm_events, alarms::counter>>("counter", the_events),
             child<event_handler<alarm_events, alarms::json_lines>>("file", the_events, file)})};
}

/// Before the tree is there, and while it stops, SIGHUP finds nothing to open anew. Asio gives the
/// signal its deadly effect back when the last set that knows it goes, so this one never does.
void outlive_hangups() {
    static auto& never_run = *new boost::asio::io_context;
    static auto& known = *new boost::asio::signal_set{never_run};
    known.add(SIGHUP);
}

int serve(unsigned short port, const std::string& file, std::size_t most) {
    const alarms::json_lines there_and_writable{file}; // else it ends here, with a sentence
    outlive_hangups();
    const int listening = apps::listen_on(port);
    apps::say_where("alarms", port);
    // What takes alarms in comes behind what they go to.
    return application{
        {},
        {child<supervisor>(
            alarms::the_root, {.strategy = rest_for_one},
            {child<supervisor>("events", {.strategy = rest_for_one}, events(file)),
             child<alarms::intake>(alarms::the_intake, most),
             child<task<>>("hangup", reopen_at_hangup),
             child<task_supervisor>(apps::the_connections, {.max_children = 1000}),
             child<task<>>("listener", apps::accept_lines, listening, alarms::run)})}}
        .run();
}

} // namespace

int main(int count, char** arguments) {
    unsigned short port = 4041;
    std::string file = "alarms.jsonl";
    std::size_t most = 100;
    return apps::with_options(
        count, arguments,
        "alarms [OPTION]...\nTakes alarms as lines, such as `SET pump-7 major no pressure`; SIGHUP "
        "opens the file anew",
        [&](auto add) {
            add("port", po::value(&port), "port to listen on; 0: any that is free");
            add("file", po::value(&file), "for a line of JSON for each event");
            add("most", po::value(&most), "events of one id a second that are let through");
        },
        [&] { return serve(port, file, most); });
}
