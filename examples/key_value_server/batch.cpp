// SPDX-License-Identifier: BSL-1.0
#include "batch.hpp"
#include <algorithm>

namespace key_value {

using namespace coppice;
using namespace std::chrono_literals;

namespace {

constexpr auto retry_period = 5ms;
constexpr int most_retries = 400;
constexpr std::size_t failed_starts_that_count = 3; // a single failure does not count

struct asked {
    std::size_t partition;
    std::shared_ptr<const std::vector<command>> what;
    via<std::size_t, store> to() const { return stores(partition); }
};

/// No timeout: the call fails when the store exits, and a store that works must not be given up
/// while it runs the commands.
result<std::vector<std::string>> ask_now(const asked& q) {
    return q.to().try_call(run_commands{q.what}, infinity);
}

/// The id of a child that is started under a key: `stores/3`.
std::string child_id(const via<std::size_t, store>& to) {
    return to.registry_name() + '/' + std::to_string(to.key());
}

/// Why the store does not start again; empty while it may still start.
std::string why_down(const asked& q, const restart_history& past) {
    const restart_history::life l = past.of(child_id(q.to()));
    return l.failed_starts < failed_starts_that_count ? std::string{} : l.last_failure;
}

/// A store that exited before it began is asked again after its restart: its clients notice only a
/// pause. A store that exited while it ran the commands may have done them or not.
std::vector<std::string> settle(const asked& q,
                                result<std::vector<std::string>> r,
                                const restart_history& past) {
    std::string down;
    for (int tries = 0; !r && r.error().not_started && down.empty() && tries < most_retries;
         ++tries) {
        down = why_down(q, past);
        this_process::sleep(retry_period);
        r = ask_now(q);
    }
    if (r)
        return std::move(*r);
    std::string why = "ERR the store failed; it is unknown whether this was done: ";
    if (r.error().not_started)
        why = "ERR the store does not come back; nothing was done" +
              (down.empty() ? "" : ": " + down);
    else
        why += r.error().reason.text();
    return std::vector<std::string>(q.what->size(), error(why));
}

using answer = result<std::vector<std::string>>;

std::vector<answer> ask_all(const std::vector<asked>& questions, send_gate& gate) {
    std::vector<pending<std::vector<std::string>>> waiting;
    waiting.reserve(questions.size());
    {
        const send_gate::shared hold{gate};
        for (const asked& q : questions)
            waiting.push_back(q.to().send_request(run_commands{q.what}));
    }
    std::vector<answer> answers;
    answers.reserve(questions.size());
    for (auto& w : waiting)
        answers.push_back(w.try_get(infinity));
    return answers;
}

bool has_untouched(const std::vector<answer>& answers) {
    return std::any_of(answers.begin(), answers.end(),
                       [](const answer& a) { return !a && a.error().not_started; });
}

} // namespace

void batch::ask(const routing& r, std::size_t partition, command c) {
    reads_ = reads_ && r.reads;
    auto& work = work_[partition];
    answers_.push_back({{{partition, work.size()}}, r.how, {}});
    work.push_back(std::move(c));
}

void batch::ask(const routing& r, std::vector<std::pair<std::size_t, command>> parts) {
    reads_ = reads_ && r.reads;
    pending_answer a{{}, r.how, {}};
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
    if (questions.size() == 1) { // no other partition to wait for
        results[questions[0].partition] = settle(questions[0], ask_now(questions[0]), past_);
        return results;
    }
    auto answers = ask_all(questions, gate_);
    // If a store exited before it began, commands that only read are sent again to all partitions:
    // else a client might see the part of a transaction in one partition and not the part in
    // another.
    const auto is_up = [&](const asked& q) { return why_down(q, past_).empty(); };
    for (int tries = 0; reads_ && has_untouched(answers) && tries < most_retries &&
                        std::all_of(questions.begin(), questions.end(), is_up);
         ++tries) {
        this_process::sleep(retry_period);
        answers = ask_all(questions, gate_);
    }
    for (std::size_t i = 0; i < questions.size(); ++i)
        results[questions[i].partition] = settle(questions[i], std::move(answers[i]), past_);
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
        if (a.parts.size() == 1 && a.how != routing::join::list &&
            a.how != routing::join::all_ok) { // the usual case
            out += results[a.parts[0].first][a.parts[0].second];
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
