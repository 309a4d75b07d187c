// SPDX-License-Identifier: BSL-1.0
// An error kernel: the state that must survive is in one small server, what may fail in others.
// When the kernel itself fails, it reads its journal, and what was built on it starts anew.
#include <coppice.hpp>
#include <cstdio>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

using namespace coppice;
using namespace std::chrono_literals;

struct deposit {
    std::string account;
    int cents;
    using reply = int; // the balance
};
struct entries_read {
    using reply = std::size_t;
};
struct break_down {};

/// The journal stands for a file or a database: it outlives every process.
using journal = std::vector<std::pair<std::string, int>>;

class ledger { // the kernel: checks little, calls no other server, parses nothing
public:
    explicit ledger(journal* j) : journal_{j} {
        for (const auto& [account, cents] : *journal_)
            balances_[account] += cents;
        read_ = journal_->size();
    }
    int handle_call(const deposit& d) {
        journal_->emplace_back(d.account, d.cents); // first what lasts, then what is derived
        return balances_[d.account] += d.cents;
    }
    std::size_t handle_call(entries_read) const { return read_; }
    void handle_cast(break_down) { throw std::logic_error{"a fault in the kernel"}; }

private:
    journal* journal_;
    std::map<std::string, int> balances_;
    std::size_t read_ = 0;
};
inline constexpr server_name<ledger> the_ledger{"ledger"};

struct command {
    std::string line; // "ann 250", from outside
    using reply = int;
};
class teller { // what may fail: it reads what others wrote
public:
    int handle_call(const command& c) {
        const auto space = c.line.find(' ');
        return the_ledger.call(deposit{c.line.substr(0, space), std::stoi(c.line.substr(space))});
    }
};
inline constexpr server_name<teller> the_teller{"teller"};

namespace {
template <class Name>
void await_end(const monitor_ref& watch, const Name& name) {
    this_process::receive(
        when([&](const down& d) { return d.ref == watch; },
             [](const down& d) { std::printf("ended: %s\n", d.reason.text().c_str()); }));
    while (!name.whereis().process())
        this_process::sleep(1ms); // until its supervisor has started it again
}
} // namespace

int main() {
    log::configure({.level = severity::off});
    journal lasting;
    // rest_for_one: a teller without its ledger is of no use, a ledger without tellers is.
    return application{{.strategy = rest_for_one, .intensity = 3},
                       {child<ledger>(the_ledger, &lasting), child<teller>(the_teller)}}
        .run([] {
            std::printf("balance: %d\n", the_teller.call(command{"ann 250"}));

            auto watch = this_process::monitor(the_teller.whereis().process());
            (void)the_teller.try_call(command{"ann lots"}); // the teller crashes
            await_end(watch, the_teller);
            std::printf("balance: %d\n", the_teller.call(command{"ann 50"}));

            watch = this_process::monitor(the_teller.whereis().process());
            the_ledger.cast(break_down{}); // the kernel crashes, and the teller ends with it
            await_end(watch, the_teller);
            std::printf("the ledger has read %zu entries\n", the_ledger.call(entries_read{}));
            std::printf("balance: %d\n", the_teller.call(command{"ann 1"}));
        });
}
