// SPDX-License-Identifier: BSL-1.0
#include "tree.hpp"
#include "listener.hpp"
#include "pubsub.hpp"
#include "store.hpp"
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

/// What stands behind each process: `since 12:01:07  restarted 2 times, last: ...`.
class history_text {
public:
    explicit history_text(const restart_history& past) : past_{past} {}

    std::string operator()(const child_info& c) {
        text_.clear();
        if (c.process)
            add_life(c);
        else
            add_failure(c);
        return text_;
    }
    std::size_t restarts() const { return restarts_; }

private:
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
        // The delays keep each level below its own intensity, so that the two do not multiply.
        return supervisor_flags{
            .intensity = many_crashes, .period = 5s, .backoff = b, .intensity_warning = false};
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
    history_text history{past};
    const std::string tree = to_text(root, {.describe = std::ref(history)});
    return tree + std::to_string(history.restarts()) + " restarts in all\n";
}

} // namespace key_value
