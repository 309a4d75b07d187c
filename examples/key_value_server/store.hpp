// SPDX-License-Identifier: BSL-1.0
#pragma once
#include "append_log.hpp"
#include "commands.hpp"
#include "transactions.hpp"
#include <atomic>
#include <coppice.hpp>
#include <memory>

namespace key_value {

// --- the interface for clients ---

/// Commands for one partition, in order; the answers are encoded. Shared, so that the connection
/// can send them again if the store exited before it began.
struct run_commands {
    std::shared_ptr<const std::vector<command>> commands;
    using reply = std::vector<std::string>;
};

/// A key that a client watches, as it was then.
struct watched_key {
    std::string key;
    coppice::pid store; ///< the store that counts its changes; a restarted store does not know it
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

/// The part of a transaction in one partition.
struct transaction_part {
    std::vector<command> commands;
    std::vector<watched_key> watched;
};
struct part_answer {
    bool changed = false; ///< a watched key has changed: nothing was done
    std::vector<std::string> answers = {};
    coppice::pid held_by = {}; ///< the store, while it waits for the decision
};
/// Runs a whole transaction, which concerns no other partition.
struct run_alone {
    std::shared_ptr<const transaction_part> part;
    using reply = part_answer;
};
/// Runs a part of a transaction, and serves no other request until a `decision` arrives.
struct prepare {
    transaction_id id;
    std::shared_ptr<const transaction_part> part;
    coppice::pid coordinator;
    using reply = part_answer;
};
/// Sent by the coordinator to `held_by`.
struct decision {
    transaction_id id;
    bool keep = false;
};
/// Sent to the coordinator: the transaction was kept, and the log records it.
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

/// The number of bytes that were written to a log. It outlives the store, so that a restarted store
/// detects whether the log was cut.
using written_bytes = std::atomic<std::uint64_t>;

/// One partition of the keys, as a server.
///
/// Its changes are in its log before they are acknowledged, and the constructor replays the log. So
/// a restarted store has every write that was acknowledged. Other processes run while it reads a
/// long log.
///
/// Errors: the constructor throws if the log was cut, damaged or removed; a log that reappears in
/// its place is read.
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
    void handle_call(prepare p, coppice::from<part_answer> caller);
    keyspace::counts handle_call(ask_counts a);
    void handle_call(crash_store);
    void handle_cast(unwatch_keys u);

private:
    friend coppice::handler_access;
    struct expire_tick {};
    void handle_info(expire_tick);
    void handle_info(decision) {} // a decision that comes after this store has decided itself
    void expire_later();
    void append_changes();
    void append(const std::vector<change>& changes);
    void take_back_append();
    void rewrite_log();
    void look_at_log();

    std::vector<std::string> run_all(const std::vector<command>& commands, milliseconds now);
    bool is_changed(const std::vector<watched_key>& watched, milliseconds now);
    bool wait_for_decision(const prepare& p);
    /// Decides the transaction that is prepared at the end of the log, without a decision.
    void settle_undecided();

    std::size_t partition_;
    std::shared_ptr<transaction_context> shared_;
    std::shared_ptr<written_bytes> written_;
    keyspace keys_;
    std::unique_ptr<append_log> log_;
    unsigned ticks_ = 0;
    bool in_place_ = true; // as of the last look
};

inline coppice::registry<std::size_t, store> stores{"store"};

milliseconds wall_clock();

} // namespace key_value
