// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <atomic>
#include <boost/unordered/unordered_flat_map.hpp>
#include <coppice/log_record.hpp>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace coppice::detail {

/// A function, or a process to which messages are sent.
struct subscriber {
    std::uint64_t id;
    severity least;
    std::function<void(const log::record&)> call;
    pid receiver;
    message_maker make = nullptr;
    std::atomic<bool> ended{false};  // its subscription has ended
    std::atomic<bool> behind{false}; // it was waited for in vain, and took nothing since
    std::atomic<time_limit::clock::rep> took_at{0}; // when it took something last
};

struct log_state {
    // Held while the functions that have subscribed are called: one at a time, and in the order in
    // which things were reported. Taken before `lock`. A function may report, or end a
    // subscription.
    std::recursive_mutex telling;
    // Held for the rest, and for a moment only: no code of users runs under it, and nothing waits.
    std::mutex lock;
    log::settings settings;
    bool ready = false;  // the settings are known
    bool opened = false; // the writer runs
    std::deque<log::record> kept;
    std::uint64_t next_number = 1;
    std::vector<std::shared_ptr<subscriber>> subscribers;
    std::uint64_t next_subscriber = 1;
    boost::unordered_flat_map<pid, severity, std::hash<pid>> levels;
    std::uint64_t dropped_and_told = 0;
    std::string complained_about; // a value of COPPICE_LOG: once is enough

    // Any thread.
    std::atomic<std::size_t> functions{0}; // that have subscribed
    std::atomic<std::uint64_t> dropped{0}, undelivered{0}, failed{0};

    severity least() const {
        severity s = std::min(settings.level, settings.keep);
        for (const auto& x : subscribers)
            s = std::min(s, x->least);
        for (const auto& [who, level] : levels)
            s = std::min(s, level);
        return s;
    }
    void set_gate() { log_gate.store(least(), std::memory_order_relaxed); }
};

/// Never destroyed: reports may come until the very end.
log_state& the_log();
/// With its settings. Takes the lock.
log_state& ready_log();
/// The settings are those of the environment until the program has chosen its own. Under the lock.
void make_ready(log_state& l);
/// Gives it to the writer, or counts it as dropped. Under the lock.
void write_record(log_state& l, const log::record& r);
/// Of a report: under simulation the virtual time.
std::chrono::system_clock::time_point time_of_report();

} // namespace coppice::detail
