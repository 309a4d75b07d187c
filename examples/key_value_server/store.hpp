// SPDX-License-Identifier: BSL-1.0
#pragma once
#include "append_log.hpp"
#include "commands.hpp"
#include <atomic>
#include <coppice.hpp>
#include <memory>

namespace key_value {

// --- what clients see ---

/// Commands for one partition, in order; the answers are encoded already. Shared, so that whoever
/// asked can ask again when the store went down before it began.
struct run_commands {
    std::shared_ptr<const std::vector<command>> commands;
    using reply = std::vector<std::string>;
};
/// Makes the store throw.
struct crash_store {
    using reply = void;
};

/// How many bytes are known to be in a log. It outlives the store, so that the next one sees whether
/// the log is still what it was.
using written_bytes = std::atomic<std::uint64_t>;

/// One partition of the keys, in a process of its own.
///
/// Its changes are in its log before anybody is told that they were made; the constructor reads them
/// back. So a store that crashes comes back with every write that was acknowledged. While it reads for
/// long, others run in between.
///
/// Errors: the constructor throws when the log is not what it was. Where it is missing, and a file
/// appears in its place, that counts.
class store {
public:
    // --- runs in the store's own process ---

    store(const std::filesystem::path& file, const std::shared_ptr<written_bytes>& written);
    std::vector<std::string> handle_call(run_commands r);
    void handle_call(crash_store);

private:
    friend coppice::handler_access;
    struct expire_tick {};
    void handle_info(expire_tick);
    void expire_later();
    void append_changes();
    void rewrite_log();
    void look_at_log();

    std::shared_ptr<written_bytes> written_;
    keyspace keys_;
    std::unique_ptr<append_log> log_;
    unsigned ticks_ = 0;
    bool in_place_ = true; // as far as is known
};

inline constexpr coppice::registry<store> stores{"store"};

/// The partition that a key belongs to.
std::size_t partition_of(std::string_view key, std::size_t partitions);
milliseconds wall_clock();

} // namespace key_value
