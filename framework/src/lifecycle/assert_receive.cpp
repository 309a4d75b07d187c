// SPDX-License-Identifier: BSL-1.0
#include "process/process.hpp"
#include "signals/signals.hpp"
#include "signals/suspension.hpp"
#include <coppice/assert_receive.hpp>
#include <coppice/detail/exploration.hpp>
#include <coppice/detail/log_argument.hpp>
#include <fmt/format.h>
#include <vector>

namespace coppice {

namespace {

using namespace detail;

std::string times(std::size_t n) {
    return n == 1 ? "" : n == 2 ? " (twice)" : fmt::format(" ({} times)", n);
}

/// How many messages of each type there are, in the order in which the first of each came.
class message_counts {
public:
    void add(const envelope& n) {
        ++all_;
        for (kind& k : kinds_)
            if (k.type == n.ops->name) {
                ++k.count;
                return;
            }
        if (kinds_.size() < shown)
            kinds_.push_back({n.ops->name, 1});
        else
            ++others_;
    }
    std::string text() const {
        if (all_ == 0)
            return "the mailbox is empty";
        std::string text = all_ == 1 ? std::string{"one message lies in the mailbox: "}
                                     : fmt::format("{} messages lie in the mailbox: ", all_);
        for (const kind& k : kinds_)
            text += fmt::format("{}{}{}", &k == kinds_.data() ? "" : ", ", k.type, times(k.count));
        if (others_ > 0)
            text += fmt::format(", and {} of other types", others_);
        return text;
    }

private:
    struct kind {
        std::string_view type;
        std::size_t count;
    };
    static constexpr std::size_t shown = 10;
    std::vector<kind> kinds_;
    std::size_t all_ = 0;
    std::size_t others_ = 0;
};

message_counts taken_mail(const process& p) {
    message_counts counts;
    for (const envelope* n = p.mail.front(); n; n = n->next)
        counts.add(*n);
    return counts;
}

} // namespace

std::string testing::mailbox_text() {
    process& p = require_process("mailbox_text");
    take_mail(p); // what has been sent lies in the mailbox, too
    return taken_mail(p).text();
}

std::string detail::mailbox_text_of(pid who) {
    if (!is_alive(who))
        return "it has exited";
    const process& p = *slot_of(who);
    message_counts counts = taken_mail(p);
    std::vector<const envelope*> new_mail; // the newest first
    // The one thread that could take it is this one.
    if (const std::uint64_t w = p.inbox.word(std::memory_order_acquire); mailbox_word::is_list(w))
        for (const envelope* n = mailbox_word::list(w); n; n = n->next)
            new_mail.push_back(n);
    for (auto n = new_mail.rbegin(); n != new_mail.rend(); ++n)
        if ((*n)->ops->what != envelope_ops::kind::signal)
            counts.add(**n);
    return counts.text();
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

namespace {
std::string with_place(std::string_view sentence, const boost::source_location& where) {
    return where.line() == 0 ? std::string{sentence}
                             : fmt::format("{} ({}:{})", sentence, where.file_name(), where.line());
}
} // namespace

testing::assertion_failed::assertion_failed(std::string sentence, boost::source_location where)
    : what_{with_place(sentence, where)}, sentence_{std::move(sentence)}, where_{where} {}

} // namespace coppice
