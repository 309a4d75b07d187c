// SPDX-License-Identifier: BSL-1.0
#include "store.hpp"
#include <chrono>
#include <coppice/log.hpp>

namespace key_value {

using namespace coppice;
using namespace std::chrono_literals;

namespace {
constexpr auto expire_period = 100ms;
constexpr std::size_t expired_at_once = 1000; // so that a tick never holds up the commands for long
} // namespace

milliseconds wall_clock() {
    return std::chrono::duration_cast<std::chrono::milliseconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
}

std::size_t partition_of(std::string_view key, std::size_t partitions) {
    return std::hash<std::string_view>{}(key) % partitions;
}

store::store(const std::filesystem::path& file)
    : log_{std::make_unique<append_log>(file, [this](change c) { keys_.replay(std::move(c)); })} {
    if (log_->cut_away() > 0)
        log::warning(log_->about_cut());
    if (log_->records() > 1000 && log_->records() > 2 * keys_.all().size())
        log_->rewrite(keys_);
    expire_later();
}

std::vector<std::string> store::handle_call(run_commands r) {
    const milliseconds now = wall_clock();
    std::vector<std::string> answers;
    answers.reserve(r.commands->size());
    for (const command& c : *r.commands)
        answers.push_back(run(c, keys_, now));
    log_->append(keys_.take_changes()); // before the answers go out
    return answers;
}

void store::handle_call(crash_store) { throw std::runtime_error{"CRASH store"}; }

void store::expire_later() { this_process::self(this).send_after(expire_period, expire_tick{}); }

void store::handle_info(expire_tick) {
    keys_.expire(wall_clock(), expired_at_once);
    log_->append(keys_.take_changes());
    expire_later();
}

} // namespace key_value
