// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <coppice.hpp>
#include <string>

namespace alarms {

enum class severity { warning, minor, major, critical };
inline constexpr const char* severity_names[] = {"warning", "minor", "major", "critical"};

// What the handlers are told.
struct raised {
    std::string id;
    alarms::severity severity;
    std::string text;
};
struct cleared {
    std::string id;
};
struct left_out { ///< so many events of one id, in the last second
    std::string id;
    std::size_t count;
};
struct reopen {}; ///< the files have been moved away

using alarm_events = coppice::gen_event<raised, cleared, left_out, reopen>;
inline constexpr coppice::server_name<alarm_events> the_events{"events"};

} // namespace alarms
