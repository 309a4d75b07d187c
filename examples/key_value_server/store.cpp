// SPDX-License-Identifier: BSL-1.0
#include "store.hpp"
#include <chrono>
#include <coppice/blocking.hpp>
#include <coppice/log.hpp>

namespace key_value {

using namespace coppice;
using namespace std::chrono_literals;

namespace {
constexpr auto expire_period = 100ms;
constexpr std::size_t expired_at_once = 1000; // so that a tick never delays the commands for long
constexpr unsigned ticks_between_looks = 10;  // whether the log is still in its place
constexpr auto turn = 500us; // less than a time slice, after which other processes are moved away

/// Lets other processes run after a turn. Wall time, as that is what the others wait.
class turns {
public:
    void operator()() {
        if (std::chrono::steady_clock::now() < end_)
            return;
        this_process::yield();
        end_ = std::chrono::steady_clock::now() + turn;
    }

private:
    std::chrono::steady_clock::time_point end_ = std::chrono::steady_clock::now() + turn;
};

append_log::options options_for(const std::filesystem::path& file, written_bytes& written) {
    if (!std::filesystem::exists(file))
        written = 0; // the next file in its place is intended
    return {.must_exist = true,
            .at_least = written,
            .pauses = {.give_way = turns{},
                       .blocking = [](const auto& wait) { coppice::blocking(wait); }}};
}
} // namespace

milliseconds wall_clock() {
    return std::chrono::duration_cast<std::chrono::milliseconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
}

store::store(const std::filesystem::path& file,
             const std::shared_ptr<written_bytes>& written,
             std::size_t partition,
             std::shared_ptr<transaction_context> shared)
    : partition_{partition},
      shared_{std::move(shared)},
      written_{written},
      log_{std::make_unique<append_log>(
          file, [this](change c) { keys_.replay(std::move(c)); }, options_for(file, *written))} {
    if (log_->cut_away() > 0)
        log::warning(log_->about_cut());
    settle_undecided();
    // A log that other partitions may have to read is left as it is.
    if (log_->records() > 1000 && log_->records() > 2 * keys_.all().size() &&
        !shared_->all.needs_log_of(partition_))
        rewrite_log();
    *written_ = log_->size();
    expire_later();
}

// All data is in the old log as well, so the store goes on with it when there is no room for a new
// one.
void store::rewrite_log() {
    *written_ = 0; // the store may end between the two files
    try {
        log_->rewrite(keys_);
    } catch (const std::exception& e) {
        log::warning("a log could not be rewritten, and is used as it is: {}", e);
    }
}

void store::append_changes() { append(keys_.take_changes()); }

void store::append(const std::vector<change>& changes) {
    log_->append(changes);
    *written_ = log_->size();
}

// The store cannot repair it; the keys are still in memory. It is reported now, before a restarted
// store refuses the log.
void store::look_at_log() {
    if (std::exchange(in_place_, log_->in_place()) && !in_place_)
        log::error(
            "the log of this store was removed or cut while it is in use: its keys are only in "
            "memory now");
}

std::vector<std::string> store::handle_call(run_commands r) {
    const milliseconds now = wall_clock();
    std::vector<std::string> answers = run_all(*r.commands, now);
    append_changes(); // before the answers are sent
    return answers;
}

std::vector<std::string> store::run_all(const std::vector<command>& commands, milliseconds now) {
    std::vector<std::string> answers;
    answers.reserve(commands.size());
    for (const command& c : commands)
        answers.push_back(run(c, keys_, now));
    return answers;
}

keyspace::counts store::handle_call(ask_counts a) {
    if (a.reset)
        keys_.reset_counts();
    return keys_.count();
}

void store::handle_call(crash_store) { throw std::runtime_error{"CRASH store"}; }

void store::expire_later() { this_process::self(this).send_after(expire_period, expire_tick{}); }

void store::handle_info(expire_tick) {
    keys_.expire(wall_clock(), expired_at_once);
    append_changes();
    if (++ticks_ % ticks_between_looks == 0)
        look_at_log();
    expire_later();
}

} // namespace key_value
