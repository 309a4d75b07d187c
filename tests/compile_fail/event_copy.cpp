// SPDX-License-Identifier: BSL-1.0
// An event that would be copied.
// expect: coppice: messages move, they are not copied: say std::move(m), or M{m} for a copy on purpose
#include "events.hpp"

struct filled {
    std::string text;
};

void f(const filled& event, server_ref<gen_event<filled>> m) {
    gen_event<filled>::sync_notify(m, event);
}
