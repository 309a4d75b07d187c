// SPDX-License-Identifier: BSL-1.0
#pragma once
#include "append_log.hpp"
#include "commands.hpp"
#include "transactions.hpp"
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

/// A key that a client watches, as it was then.
struct watched_key {
    std::string key;
    coppice::pid store;        ///< that counts its changes; another one knows nothing of it
    std::uint64_t version = 0; ///< of the key
};
/// Watch these keys for a client.
struct watch_keys {
    std::vector<std::string> keys;
    using reply = std::vector<watched_key>;
};
/// Watch them no more; all of them belong to this partition.
struct unwatch_keys {
    std::vector<watched_key> keys;
};

/// What one partition does of a transaction.
struct transaction_part {
    std::vector<command> commands;
    std::vector<watched_key> watched;
};
struct part_answer {
    bool changed = false; ///< a watched key: nothing was done
    std::vector<std::string> answers = {};
    coppice::pid held_by = {}; ///< the store, while it waits for the decision
};
/// Does the whole transaction, which concerns no other partition.
struct run_alone {
    std::shared_ptr<const transaction_part> part;
    using reply = part_answer;
};
/// Does a part of a transaction, and does nothing else until it has heard a `decision`.
struct prepare {
    transaction_id id;
    std::shared_ptr<const transaction_part> part;
    coppice::pid coordinator;
    using reply = part_answer;
};
/// From the coordinator, to `held_by`.
struct decision {
    transaction_id id;
    bool keep = false;
};
/// To the coordinator: it was kept, and the log says so.
struct applied {
    transaction_id id;
    coppice::pid by;
};

struct ask_counts {
    bool reset = false; ///< and count from zero again
    using reply = keyspace::counts;
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

    store(const std::filesystem::path& file,
          const std::shared_ptr<written_bytes>& written,
          std::size_t partition,
          std::shared_ptr<transaction_context> shared);
    std::vector<std::string> handle_call(run_commands r);
    std::vector<watched_key> handle_call(watch_keys w);
    part_answer handle_call(run_alone r);
    void handle_call(prepare p, coppice::from<part_answer> who);
    keyspace::counts handle_call(ask_counts a);
    void handle_call(crash_store);
    void handle_cast(unwatch_keys u);

private:
    friend coppice::handler_access;
    struct expire_tick {};
    void handle_info(expire_tick);
    void handle_info(decision) {} // one that came when this had decided without it
    void expire_later();
    void append_changes();
    void append(const std::vector<change>& changes);
    void take_back_append();
    void rewrite_log();
    void look_at_log();

    std::vector<std::string> run_all(const std::vector<command>& commands, milliseconds now);
    bool is_changed(const std::vector<watched_key>& watched, milliseconds now);
    bool wait_for_decision(const prepare& p);
    /// What stands at the end of the log, of a transaction that this store did not hear more of.
    void settle_undecided();

    std::size_t partition_;
    std::shared_ptr<transaction_context> shared_;
    std::shared_ptr<written_bytes> written_;
    keyspace keys_;
    std::unique_ptr<append_log> log_;
    unsigned ticks_ = 0;
    bool in_place_ = true; // as far as is known
};

inline constexpr coppice::registry<store> stores{"store"};

milliseconds wall_clock();

} // namespace key_value
