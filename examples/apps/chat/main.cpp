// SPDX-License-Identifier: BSL-1.0
// Rooms in the browser.
#include "../listening.hpp"
#include "../options.hpp"
#include "rooms.hpp"
#include "web_server.hpp"

namespace po = boost::program_options;
using namespace coppice;
using namespace std::chrono_literals;

namespace {

int serve(unsigned short port) {
    const int listening = apps::listen_on(port);
    apps::say_where("chat", port);
    // What was said outlives the rooms, and the rooms outlive the browsers: each stands behind what
    // it needs. A room may crash as often as someone types `/crash`, but not without end.
    return application{
        {.strategy = rest_for_one},
        {child<chat::history>(chat::the_history),
         child<dynamic_supervisor>(chat::the_rooms,
                                   {.max_children = 1000, .intensity = 100, .period = 1s}),
         child<task_supervisor>(chat::the_sessions, {.max_children = 10'000}),
         child<task<>>("listener", chat::accept_browsers, listening)}}
        .run();
}

} // namespace

int main(int count, char** arguments) {
    unsigned short port = 4043;
    return apps::with_options(
        count, arguments, "chat [OPTION]...\nRooms in the browser: open http://127.0.0.1:4043",
        [&](auto add) { add("port", po::value(&port), "port to listen on; 0: any that is free"); },
        [&] { return serve(port); });
}
