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

/// The name of a transaction over several partitions, which it tells: `<run of the program>-<number>:0,2`.
/// No two have the same, in any run of the program.
using transaction_id = std::string;

std::set<std::size_t> partitions_of(const transaction_id& id);

/// What is under way over several partitions, and how it ended. A transaction is kept or given up as
/// a whole: the first who asks for one of the two decides, and all others hear the same.
///
/// One that is unknown here was given up. One that is kept is known until each partition has said
/// that its log tells so: until then one of them may be restarted, and ask.
///
/// It is no process, and outside of the tree: whichever process crashes, what was decided stays.
///
/// Context: any thread; never suspends.
class transactions {
public:
    transactions();

    /// A new one over these partitions.
    transaction_id open(const std::vector<std::size_t>& partitions);
    /// False: it was given up before.
    bool keep(const transaction_id& id);
    /// False: it is kept already.
    bool give_up(const transaction_id& id);

    /// What the logs said when the program started: kept, and `missing` do not say so in their logs.
    void found(const transaction_id& id, std::set<std::size_t> missing);
    /// The log of the partition says that it was kept.
    void recorded(const transaction_id& id, std::size_t partition);
    /// Every log that it needs says so: no one can ask any more.
    bool is_done(const transaction_id& id) const;
    /// The log of the partition says of all that was kept that it was.
    void recorded_all(std::size_t partition);
    /// Is one kept that some log does not tell of yet, and this partition's log must go on to?
    bool needs_log_of(std::size_t partition) const;

private:
    struct state {
        std::set<std::size_t> missing; // the partitions whose logs do not say yet that it is kept
        bool kept = false;
    };
    void drop_if_done(std::map<transaction_id, state>::iterator it);

    mutable std::mutex lock_;
    std::map<transaction_id, state> open_;
    std::string run_; // of the program: the first part of each id
    std::uint64_t last_ = 0;
};

/// Keeps what is sent to several partitions in one order in all of them.
///
/// A transaction sends to its partitions while it has the gate alone; any other request for several
/// partitions goes through the gate together with others of its sort. So each of those is before the
/// transaction in every mailbox, or behind it in every mailbox, and two transactions never wait for
/// each other.
///
/// A holder may be suspended for a moment while it sends; those who wait give way to other processes.
///
/// Context: a process; suspends it while another one is in the way.
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
        struct claim { // given back also if the wait for those who share it is ended by an exit
            explicit claim(send_gate& g);
            ~claim();
            claim(const claim&) = delete;
            send_gate& gate;
        } claim_;
    };

private:
    static constexpr std::uint32_t taken = 1U << 31;
    std::atomic<std::uint32_t> state_{0}; // how many share it, and `taken` while one wants it alone
};

/// What connections and stores need for transactions.
struct transaction_context {
    transactions all;
    send_gate gate;
};

} // namespace key_value
