// SPDX-License-Identifier: BSL-1.0
#include "tree.hpp"
#include "listener.hpp"
#include "pubsub.hpp"
#include "store.hpp"
#include <algorithm>
#include <coppice/process_info.hpp>
#include <ctime>

namespace key_value {

using namespace coppice;
using namespace std::chrono_literals;

namespace {

// Crashes are expected here, as CRASH is a command. A branch gives up only when it crashes without
// end.
constexpr unsigned many_crashes = 1000;

// A store whose log cannot be written crashes with each write, and is restarted with growing
// delays. A store that crashes rarely is restarted at once.
constexpr backoff store_backoff{.min = 1ms, .max = 500ms, .stable_after = 200ms};

// With these delays a child is restarted at most sixty times a second, however often a client
// crashes it. So all four children together are not restarted `many_crashes` times in the period.
constexpr backoff other_backoff{.min = 2ms, .max = 25ms, .stable_after = 50ms};

std::string time_of_day(restart_history::time_point t) {
    const std::time_t seconds = std::chrono::system_clock::to_time_t(t);
    std::tm parts{};
    ::localtime_r(&seconds, &parts);
    char text[sizeof "hh:mm:ss"];
    return std::strftime(text, sizeof text, "%T", &parts) ? text : "";
}

/// A line for each process: `  pubsub   <0.12>   since 12:01:07  restarted 2 times, last: ...`.
class picture {
public:
    explicit picture(const restart_history& past) : past_{past} {}

    template <class Supervisor>
    void add_children(std::size_t depth, Supervisor sup) {
        const auto children = supervisor::try_which_children(sup);
        if (!children) {
            text_ += std::string(2 * depth, ' ') + "(being restarted)\n";
            return;
        }
        constexpr std::size_t shown = 20;
        for (std::size_t i = 0; i < children->size() && i < shown; ++i)
            add(depth, (*children)[children->size() - 1 - i]); // oldest first
        if (children->size() > shown)
            text_ += std::string(2 * depth, ' ') + "and " +
                     std::to_string(children->size() - shown) + " more\n";
    }

    void add(std::size_t depth, const child_info& c) {
        text_ += padded(std::string(2 * depth, ' ') + c.id, 20);
        text_ += padded(c.process ? c.process.text() : std::string{to_string(c.status)}, 12);
        if (c.process)
            add_life(c);
        else
            add_failure(c);
        while (text_.back() == ' ')
            text_.pop_back();
        text_ += '\n';
        if (!c.process || c.type != child_type::supervisor)
            return;
        if (c.id == the_connections.text())
            add_children(depth + 1, server_ref<dynamic_supervisor>{c.process});
        else
            add_children(depth + 1, server_ref<supervisor>{c.process});
    }

    std::string take() && {
        return std::move(text_) + std::to_string(restarts_) + " restarts in all\n";
    }

private:
    static std::string padded(std::string s, std::size_t width) {
        s.resize(std::max(width, s.size() + 1), ' ');
        return s;
    }
    void add_life(const child_info& c) {
        if (const auto at = past_.started(c.process))
            text_ += "since " + time_of_day(*at) + "  ";
        if (const auto i = process_info(c.process); i && i->messages > 0)
            text_ += std::to_string(i->messages) + " waiting  ";
        const restart_history::life l = past_.of(c.id);
        if (c.id == connection_id || l.starts < 2)
            return; // a connection is never restarted
        restarts_ += l.starts - 1;
        text_ += "restarted " + std::to_string(l.starts - 1) + (l.starts == 2 ? " time" : " times");
        if (!l.last_end.empty())
            text_ += ", last: " + l.last_end;
    }

    void add_failure(const child_info& c) {
        if (const restart_history::life l = past_.of(c.id); l.failed_starts > 0)
            text_ += "does not start: " + l.last_failure;
    }

    const restart_history& past_;
    std::string text_;
    std::size_t restarts_ = 0;
};

} // namespace

std::filesystem::path log_file(const settings& s, std::size_t partition) {
    return s.data / ("partition-" + std::to_string(partition) + ".log");
}

std::vector<child_spec> tree(const settings& s,
                             int listening,
                             std::shared_ptr<transaction_context> transactions) {
    const auto context = std::make_shared<const server_context>(s, transactions);
    std::vector<child_spec> partitions;
    for (std::size_t i = 0; i < s.partitions; ++i)
        partitions.push_back(child<store>(stores(i), log_file(s, i),
                                          std::make_shared<written_bytes>(0), i, transactions));
    const auto flags_with_backoff = [](const backoff& b) {
        return supervisor_flags{.intensity = many_crashes, .period = 5s, .backoff = b};
    };
    return {child<supervisor>(
        root, flags_with_backoff(other_backoff),
        {child<supervisor>("stores", flags_with_backoff(store_backoff), std::move(partitions)),
         child<pubsub>(the_pubsub),
         child<dynamic_supervisor>(
             the_connections,
             {.max_children = s.max_clients, .intensity = many_crashes, .period = 5s}),
         child<task<>>("listener", accept_clients{}, listening, context).shutdown(1s)})};
}

std::string draw_tree(const restart_history& past) {
    picture p{past};
    p.add(0, {.id = std::string{root.text()},
              .process = root.whereis().process(),
              .status = child_status::running,
              .type = child_type::supervisor});
    return std::move(p).take();
}

} // namespace key_value
