// SPDX-License-Identifier: BSL-1.0
#include "process/process.hpp"
#include "signals/signals.hpp"
#include "signals/suspension.hpp"
#include <coppice/assert_receive.hpp>
#include <coppice/detail/log_argument.hpp>
#include <fmt/format.h>
#include <vector>

namespace coppice {

namespace {

using namespace detail;

std::string times(std::size_t n) {
    return n == 1 ? "" : n == 2 ? " (twice)" : fmt::format(" ({} times)", n);
}

} // namespace

std::string testing::mailbox_text() {
    process& p = require_process("mailbox_text");
    take_mail(p); // what has been sent lies in the mailbox, too
    struct kind {
        std::string_view type;
        std::size_t count;
    };
    constexpr std::size_t shown = 10;
    std::vector<kind> kinds; // in the order in which the first of each came
    std::size_t all = 0;
    std::size_t others = 0;
    for (const envelope* n = p.mail.front(); n; n = n->next) {
        ++all;
        bool known = false;
        for (kind& k : kinds)
            if (k.type == n->ops->name) {
                ++k.count;
                known = true;
            }
        if (known)
            continue;
        if (kinds.size() < shown)
            kinds.push_back({n->ops->name, 1});
        else
            ++others;
    }
    if (all == 0)
        return "the mailbox is empty";
    std::string text = all == 1 ? std::string{"one message lies in the mailbox: "}
                                : fmt::format("{} messages lie in the mailbox: ", all);
    for (const kind& k : kinds)
        text += fmt::format("{}{}{}", &k == kinds.data() ? "" : ", ", k.type, times(k.count));
    if (others > 0)
        text += fmt::format(", and {} of other types", others);
    return text;
}

void detail::missing_message(std::string_view type, bool guarded, time_limit timeout) {
    const std::string in =
        timeout.is_absolute()
            ? std::string{"in time"}
            : "within " + duration_text(std::chrono::duration_cast<std::chrono::nanoseconds>(
                              timeout.length()));
    throw testing::receive_failed{fmt::format(
        "no {}{} came {}; {}", type, guarded ? " that fits" : "", in, testing::mailbox_text())};
}

void detail::unexpected_message_came(std::string_view type, bool guarded) {
    throw testing::receive_failed{fmt::format("an unexpected {}{} came; behind it: {}", type,
                                              guarded ? " that fits" : "",
                                              testing::mailbox_text())};
}

} // namespace coppice
