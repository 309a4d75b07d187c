// SPDX-License-Identifier: BSL-1.0
#pragma once
#include "journal.hpp"
#include <coppice.hpp>
#include <map>
#include <stdexcept>

namespace bank {

struct crash {};

// --- the accounts ---

struct open_account {
    std::string id;
    money balance = 0;
    using reply = bool; ///< the id was free
};
struct look {
    std::string id;
    using reply = std::optional<money>;
};
struct total {
    using reply = money;
};
struct move_money {
    transfer what;
    using reply = outcome;
};

/// The truth: the books, each change of which is in the journal before its client is told.
class accounts {
public:
    explicit accounts(const std::string& file) : journal_{file, books_} {}

    bool handle_call(const open_account& o) {
        const auto line = books_.open(o.id, o.balance);
        if (line)
            journal_.write(*line);
        return line.has_value();
    }
    outcome handle_call(const move_money& m) {
        const books::result r = books_.move(m.what);
        if (r.line)
            journal_.write(*r.line); // when it throws, the books in memory end with this process
        return r.what;
    }
    std::optional<money> handle_call(const look& l) const { return books_.balance(l.id); }
    money handle_call(total) const { return books_.total(); }
    void handle_cast(crash) { throw std::runtime_error{"asked to crash"}; }

private:
    books books_;
    journal journal_;
};
inline constexpr coppice::server_name<accounts> the_accounts{"accounts"};

// --- the transfers ---

struct order {
    transfer what;
    using reply = outcome;
};
struct statistics {
    using reply = std::map<outcome, std::size_t>;
};

/// Takes orders, has the accounts carry them out, and counts what became of them. The counts are
/// true of the accounts that it has asked.
class transfers {
public:
    outcome handle_call(const order& o) {
        const outcome what = the_accounts.call(move_money{o.what}); // it fails: so do we
        ++counts_[what];
        return what;
    }
    statistics::reply handle_call(statistics) const { return counts_; }
    void handle_cast(crash) { throw std::runtime_error{"asked to crash"}; }

private:
    statistics::reply counts_;
};
inline constexpr coppice::server_name<transfers> the_transfers{"transfers"};

// --- the tree ---

inline constexpr coppice::server_name<coppice::supervisor> the_bank{"bank"};

/// The transfers behind the accounts: when the accounts crash, an order that was under way is
/// given up with them, and its client asks again under the same key. A crash of the transfers
/// leaves the accounts alone.
coppice::child_spec bank_tree(const std::string& journal_file);

/// An order that is given until it is carried out, or `until` has come: the same key each time, so
/// it is done once.
///
/// Errors: as `try_call`.
coppice::result<outcome> give(const transfer& t, coppice::time_limit until);

} // namespace bank
