// SPDX-License-Identifier: BSL-1.0
#pragma once
#include "events.hpp"
#include <map>
#include <optional>
#include <variant>

namespace alarms {

/// Lets at most `most_each_second` events of one id through, and tells how many it has left out: a
/// sensor that has gone mad must not fill the files. The last event of the second is only delayed
/// until its end: it says whether the alarm is on, and without it the table would be wrong for
/// ever.
class intake {
    struct end_of_second {};

public:
    explicit intake(std::size_t most_each_second) : most_{most_each_second} {}

    void handle_cast(raised a) { take(std::move(a)); }
    void handle_cast(cleared c) { take(std::move(c)); }

    void handle_info(end_of_second) {
        for (auto& [id, s] : seen_) {
            if (!s.last)
                continue;
            if (const auto count = s.events - most_ - 1; count > 0)
                alarm_events::notify(the_events, left_out{id, count});
            std::visit([](auto& e) { alarm_events::notify(the_events, std::move(e)); }, *s.last);
        }
        seen_.clear();
    }

private:
    struct second {
        std::size_t events = 0;
        std::optional<std::variant<raised, cleared>> last = {}; // of those not let through
    };

    template <class Event>
    void take(Event e) {
        if (seen_.empty()) // the second begins
            coppice::this_process::self(this).send_after(std::chrono::seconds{1}, end_of_second{});
        second& s = seen_[e.id];
        if (++s.events <= most_)
            alarm_events::notify(the_events, std::move(e));
        else
            s.last = std::move(e);
    }

    std::size_t most_;
    std::map<std::string, second> seen_; // by id
};

inline constexpr coppice::server_name<intake> the_intake{"intake"};

} // namespace alarms
