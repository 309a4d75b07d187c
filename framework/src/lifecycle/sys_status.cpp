// SPDX-License-Identifier: BSL-1.0
#include <coppice/sys_status.hpp>

namespace coppice::sys {

std::string event::text() const {
    const auto with_peer = [this](const char* first, const char* word) {
        std::string line = first;
        line += message;
        if (peer)
            line += word + peer.text();
        return line;
    };
    switch (what) {
    case kind::in:
        return with_peer("in ", " from ");
    case kind::out:
        return with_peer("out ", " to ");
    case kind::noreply:
        return with_peer("noreply ", " to ");
    }
    return {};
}

} // namespace coppice::sys
