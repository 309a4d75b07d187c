// SPDX-License-Identifier: BSL-1.0
#pragma once
#include "store.hpp"

namespace key_value {

/// The commands of one EXEC that concern keys: all of them are done or none, and no other client
/// sees a part of them.
///
/// A transaction in one partition is one request to it. For several partitions, each runs its part,
/// writes what it has prepared into its log, answers, and serves no other request until the
/// decision arrives. When all have answered the transaction is kept, and the partitions log that
/// and go on.
///
/// Context: the connection's process; `run` suspends it.
class transaction {
public:
    transaction(std::size_t partitions, transaction_context& context)
        : context_{context}, parts_(partitions) {}

    /// Commands, each for one partition, whose answers become one.
    void ask(routing::join how, std::vector<std::pair<std::size_t, command>> parts);
    /// Nothing is done if one of these has changed.
    void check(const std::vector<watched_key>& watched);

    struct outcome {
        enum class kind : std::uint8_t { kept, changed, failed };
        kind what;
        std::vector<std::string> answers = {}; ///< one for each `ask`
        std::string problem = {};
    };
    outcome run();

private:
    struct answer_place {
        routing::join how;
        std::vector<std::pair<std::size_t, std::size_t>> parts; // partition, place in its part
    };
    struct attempt {
        outcome::kind what;
        bool again = false; // it failed before any part began
        std::string problem = {};
        std::vector<std::vector<std::string>> answers = {}; // the answers of each partition
    };
    attempt run_in(std::size_t partition);
    attempt run_in(const std::vector<std::size_t>& partitions);
    bool wait_for_stores(const transaction_id& id, const std::vector<part_answer>& held);

    transaction_context& context_;
    std::vector<transaction_part> parts_;
    std::vector<std::shared_ptr<const transaction_part>> shared_;
    std::vector<answer_place> places_;
};

/// The keys that a client watches; released by the destructor.
///
/// Context: the connection's process; `add` suspends it.
class watched_keys {
public:
    explicit watched_keys(std::size_t partitions) : partitions_{partitions} {}
    watched_keys(const watched_keys&) = delete;
    ~watched_keys() { give_back(); }

    /// False: a partition is being restarted.
    bool add(const std::vector<std::string>& keys);
    const std::vector<watched_key>& all() const { return keys_; }
    void give_back();

private:
    std::size_t partitions_;
    std::vector<watched_key> keys_;
};

} // namespace key_value
