// SPDX-License-Identifier: BSL-1.0
#include "tree.hpp"
#include "listener.hpp"
#include "pubsub.hpp"
#include "store.hpp"
#include <coppice/process_info.hpp>

namespace key_value {

using namespace coppice;
using namespace std::chrono_literals;

namespace {

// Crashes are expected here, and on purpose: CRASH is a command. A branch gives up only when it
// crashes without end.
constexpr unsigned many_crashes = 1000;

std::int64_t seconds_since(time_limit::clock::time_point t) {
    return std::chrono::duration_cast<std::chrono::seconds>(this_process::now() - t).count();
}

void draw(std::string& out, const std::string& indent, const child_info& c);

template <class Supervisor>
void draw_children(std::string& out, const std::string& indent, Supervisor sup) {
    const auto children = supervisor::try_which_children(sup);
    if (!children) {
        out += indent + "(being restarted)\n";
        return;
    }
    constexpr std::size_t shown = 20;
    for (std::size_t i = 0; i < children->size() && i < shown; ++i)
        draw(out, indent, (*children)[children->size() - 1 - i]); // oldest first
    if (children->size() > shown)
        out += indent + "and " + std::to_string(children->size() - shown) + " more\n";
}

void draw(std::string& out, const std::string& indent, const child_info& c) {
    out += indent + c.id;
    if (c.status != child_status::running) {
        out += "  " + std::string{to_string(c.status)} + '\n';
        return;
    }
    out += "  " + c.process.text();
    if (const auto i = info(c.process))
        out += "  " + std::to_string(i->messages) + " waiting";
    if (c.restarts > 0)
        out += "  restarted " + std::to_string(c.restarts) + " times, the last " +
               std::to_string(seconds_since(c.started_at)) + " s ago";
    out += '\n';
    if (c.type != child_type::supervisor)
        return;
    if (c.id == the_connections.text())
        draw_children(out, indent + "  ", server_ref<dynamic_supervisor>{c.process});
    else
        draw_children(out, indent + "  ", server_ref<supervisor>{c.process});
}

} // namespace

std::filesystem::path log_file(const settings& s, std::size_t partition) {
    return s.data / ("partition-" + std::to_string(partition) + ".log");
}

std::vector<child_spec> tree(const settings& s, int listening) {
    std::vector<child_spec> partitions;
    for (std::size_t i = 0; i < s.partitions; ++i)
        partitions.push_back(child<store>(stores(std::to_string(i)), log_file(s, i)));
    const supervisor_flags patient{.intensity = many_crashes, .period = 5s};
    return {child<supervisor>(
        the_top, patient,
        {child<supervisor>("stores", patient, std::move(partitions)), child<pubsub>(the_pubsub),
         child<dynamic_supervisor>(
             the_connections,
             {.max_children = s.max_clients, .intensity = many_crashes, .period = 5s}),
         child<task>("listener", listen, listening, s.partitions).shutdown(1s)})};
}

std::string draw_tree() {
    const pid top = the_top.whereis().process();
    std::string out = "key_value  " + top.text() + '\n';
    draw_children(out, "  ", server_ref<supervisor>{top});
    return out;
}

} // namespace key_value
