// SPDX-License-Identifier: BSL-1.0
#pragma once
#include "store.hpp"
#include "tree.hpp"

namespace key_value {

/// The answers to the commands that were read at once, in their order, while some of them still
/// wait for a partition.
///
/// Context: the connection's process; `finish` suspends it.
class batch {
public:
    explicit batch(const surroundings& around)
        : past_{around.past}, work_(around.options.partitions), gate_{around.transactions->gate} {}

    /// An answer that is known already.
    void answer(std::string encoded) {
        answers_.push_back({{}, routing::join::single, std::move(encoded)});
    }
    /// Commands, each for one partition, whose answers become one.
    void ask(const routing& r, std::vector<std::pair<std::size_t, command>> parts);
    /// The same for the one part that most commands have.
    void ask(const routing& r, std::size_t partition, command c);
    bool empty() const { return answers_.empty(); }

    /// Asks the partitions, all at once, and puts their answers where they belong. Empties the batch.
    std::string finish();

private:
    struct pending_answer {
        std::vector<std::pair<std::size_t, std::size_t>> parts; // partition, place in its request
        routing::join how;
        std::string encoded;
    };
    /// Of each partition, what it said to its commands.
    std::vector<std::vector<std::string>> ask_partitions();

    const chronicle& past_;
    std::vector<std::vector<command>> work_; // for each partition
    send_gate& gate_;
    bool reads_ = true; // nothing but that
    std::vector<pending_answer> answers_;
};

} // namespace key_value
