// SPDX-License-Identifier: BSL-1.0
#pragma once
#include "events.hpp"
#include <map>

namespace alarms {

/// Lets at most `most_each_second` alarms of one id through, and tells how many it has left out: a
/// sensor that has gone mad must not fill the files.
class intake {
    struct end_of_second {};

public:
    explicit intake(std::size_t most_each_second) : most_{most_each_second} {}

    void handle_cast(raised a) {
        if (seen_.empty()) // the second begins
            coppice::this_process::self(this).send_after(std::chrono::seconds{1}, end_of_second{});
        if (++seen_[a.id] <= most_)
            alarm_events::notify(the_events, std::move(a));
    }
    void handle_cast(cleared c) { alarm_events::notify(the_events, std::move(c)); }

    void handle_info(end_of_second) {
        for (const auto& [id, count] : seen_)
            if (count > most_)
                alarm_events::notify(the_events, left_out{id, count - most_});
        seen_.clear();
    }

private:
    std::size_t most_;
    std::map<std::string, std::size_t> seen_; // in this second
};

inline constexpr coppice::server_name<intake> the_intake{"intake"};

} // namespace alarms
