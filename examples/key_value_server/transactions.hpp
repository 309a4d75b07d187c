// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

namespace key_value {

/// The id of a transaction over several partitions, `<run of the program>-<number>:0,2`. It names
/// its partitions, and is unique over all runs of the program.
using transaction_id = std::string;

std::set<std::size_t> partitions_of(const transaction_id& id);

/// The transactions over several partitions, and their outcomes. A transaction is kept or given up
/// as a whole: the first request for one of the two decides, and all later requests get the same
/// answer.
///
/// An unknown transaction was given up. A kept one is known until each partition has reported that
/// its log records it: until then a partition may be restarted, and ask.
///
/// It is an object outside of the tree: a decision survives the crash of any process.
///
/// Context: any thread; never suspends.
class transactions {
public:
    transactions();

    /// Begins a transaction over these partitions.
    transaction_id open(const std::vector<std::size_t>& partitions);
    /// False: it was given up before.
    bool keep(const transaction_id& id);
    /// False: it is kept already.
    bool give_up(const transaction_id& id);

    /// Adds a transaction that the logs record at the start: kept, but not in the logs of
    /// `missing`.
    void found(const transaction_id& id, std::set<std::size_t> missing);
    /// The log of the partition records that it was kept.
    void recorded(const transaction_id& id, std::size_t partition);
    /// Every log that it needs records it: no partition can ask any more.
    bool is_done(const transaction_id& id) const;
    /// The log of the partition records all kept transactions.
    void recorded_all(std::size_t partition);
    /// Whether this partition's log must keep its record of a transaction that another log lacks.
    bool needs_log_of(std::size_t partition) const;

private:
    struct state {
        std::set<std::size_t> missing; // the partitions whose logs do not record it yet
        bool kept = false;
    };
    void drop_if_done(std::map<transaction_id, state>::iterator it);

    mutable std::mutex lock_;
    std::map<transaction_id, state> open_;
    std::string run_; // of the program: the first part of each id
    std::uint64_t last_ = 0;
};

/// Gives requests to several partitions the same order in all of them.
///
/// A transaction sends to its partitions while it holds the gate exclusively; other requests for
/// several partitions share the gate. So each of them is before the transaction in every mailbox,
/// or behind it in every mailbox, and two transactions never wait for each other.
///
/// A holder may be suspended for a moment while it sends; a process that waits yields to others.
///
/// Context: a process; suspends it while another one holds the gate.
class send_gate {
public:
    class shared {
    public:
        explicit shared(send_gate& g);
        ~shared();
        shared(const shared&) = delete;

    private:
        send_gate& gate_;
    };
    class alone {
    public:
        explicit alone(send_gate& g);

    private:
        struct claim { // released also if an exit ends the wait for the sharing holders
            explicit claim(send_gate& g);
            ~claim();
            claim(const claim&) = delete;
            send_gate& gate;
        } claim_;
    };

private:
    static constexpr std::uint32_t taken = 1U << 31;
    std::atomic<std::uint32_t> state_{0}; // the sharing holders, and `taken` for an exclusive one
};

/// The objects that connections and stores need for transactions.
struct transaction_context {
    transactions all;
    send_gate gate;
};

} // namespace key_value
