// SPDX-License-Identifier: BSL-1.0
#include "batch.hpp"

namespace key_value {

using namespace coppice;
using namespace std::chrono_literals;

namespace {

constexpr auto retry_period = 5ms;
constexpr int most_retries = 400;
constexpr std::size_t failed_starts_that_count = 3; // one may fail by chance

struct asked {
    std::size_t partition;
    std::shared_ptr<const std::vector<command>> what;
    via<store> to() const { return stores(std::to_string(partition)); }
};

/// However long it takes: a store that ends tells us so, and one that works must not be given up
/// while it does what we asked for.
result<std::vector<std::string>> ask_now(const asked& q) {
    return q.to().try_call(run_commands{q.what}, infinity);
}

/// Why the store does not come back; empty while there is hope.
std::string why_down(const asked& q, const chronicle& past) {
    const chronicle::life l = past.of(std::string{q.to().text()});
    return l.failed_starts < failed_starts_that_count ? std::string{} : l.last_failure;
}

/// A store that went down before it began is asked again when it is back: its clients notice
/// nothing but a pause. One that went down in between may have done it or not.
std::vector<std::string> settle(const asked& q,
                                result<std::vector<std::string>> r,
                                const chronicle& past) {
    std::string down;
    for (int tries = 0; !r && r.error().untouched && down.empty() && tries < most_retries;
         ++tries) {
        down = why_down(q, past);
        this_process::sleep(retry_period);
        r = ask_now(q);
    }
    if (r)
        return std::move(*r);
    std::string why = "ERR the store failed; it is unknown whether this was done: ";
    if (r.error().untouched)
        why = "ERR the store does not come back; nothing was done" +
              (down.empty() ? "" : ": " + down);
    else
        why += r.error().reason.text();
    return std::vector<std::string>(q.what->size(), error(why));
}

} // namespace

void batch::ask(routing::join how, std::vector<std::pair<std::size_t, command>> parts) {
    pending_answer a{{}, how, {}};
    for (auto& [partition, c] : parts) {
        a.parts.emplace_back(partition, work_[partition].size());
        work_[partition].push_back(std::move(c));
    }
    answers_.push_back(std::move(a));
}

std::vector<std::vector<std::string>> batch::ask_partitions() {
    std::vector<asked> questions;
    for (std::size_t i = 0; i < work_.size(); ++i)
        if (!work_[i].empty())
            questions.push_back(
                {i, std::make_shared<const std::vector<command>>(std::exchange(work_[i], {}))});
    std::vector<std::vector<std::string>> results(work_.size());
    if (questions.size() == 1) { // nothing to do beside it
        results[questions[0].partition] = settle(questions[0], ask_now(questions[0]), past_);
        return results;
    }
    std::vector<pending<std::vector<std::string>>> waiting;
    waiting.reserve(questions.size());
    for (const asked& q : questions)
        waiting.push_back(q.to().send_request(run_commands{q.what}));
    for (std::size_t i = 0; i < questions.size(); ++i)
        results[questions[i].partition] = settle(questions[i], waiting[i].try_get(infinity), past_);
    return results;
}

std::string batch::finish() {
    auto results = ask_partitions();
    std::string out;
    for (auto& a : std::exchange(answers_, {})) {
        if (a.parts.empty()) {
            out += a.encoded;
            continue;
        }
        std::vector<std::string> parts;
        for (const auto& [partition, index] : a.parts)
            parts.push_back(std::move(results[partition][index]));
        out += combine(a.how, parts);
    }
    return out;
}

} // namespace key_value
