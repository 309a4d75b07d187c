// SPDX-License-Identifier: BSL-1.0
#pragma once
#include "store.hpp"
#include "tree.hpp"

namespace key_value {

/// The answers to the commands that were read together, in their order, while some commands still
/// wait for a partition.
///
/// Context: the connection's process; `finish` suspends it.
class batch {
public:
    explicit batch(const server_context& context)
        : past_{context.past},
          work_(context.options.partitions),
          gate_{context.transactions->gate} {}

    /// Adds an answer that is known already.
    void answer(std::string encoded) {
        answers_.push_back({{}, routing::join::single, std::move(encoded)});
    }
    /// Adds commands, each for one partition, whose answers are joined into one.
    void ask(const routing& r, std::vector<std::pair<std::size_t, command>> parts);
    /// The same for the one part that most commands have.
    void ask(const routing& r, std::size_t partition, command c);
    bool empty() const { return answers_.empty(); }

    /// Asks all partitions at the same time, puts their answers in order, and empties the batch.
    std::string finish();

private:
    struct pending_answer {
        std::vector<std::pair<std::size_t, std::size_t>> parts; // partition, place in its request
        routing::join how;
        std::string encoded;
    };
    /// The answers of each partition to its commands.
    std::vector<std::vector<std::string>> ask_partitions();

    const restart_history& past_;
    std::vector<std::vector<command>> work_; // for each partition
    send_gate& gate_;
    bool reads_ = true; // it has only commands that read
    std::vector<pending_answer> answers_;
};

} // namespace key_value
