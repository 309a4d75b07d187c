// SPDX-License-Identifier: BSL-1.0
#pragma once
#include "watchdog.hpp"
#include <utility>

namespace stress {

/// Counts what becomes of parcels.
struct ledger {
    std::atomic<std::uint64_t> made{0}, handled{0}, dropped{0};

    bool balanced() const { return made.load() == handled.load() + dropped.load(); }
};

/// A message that knows whether it was handled. Destroyed without that, it was dropped: refused, thrown
/// out of a full mailbox, or dead with its receiver. Lost or counted twice, the ledger does not balance.
class parcel {
public:
    explicit parcel(ledger& l) noexcept : ledger_{&l} { l.made.fetch_add(1, relaxed); }
    parcel(parcel&& o) noexcept : ledger_{std::exchange(o.ledger_, nullptr)} {}
    parcel& operator=(parcel&&) = delete;
    ~parcel() {
        if (ledger_)
            count(ledger_->dropped);
    }
    void handle() noexcept {
        count(ledger_->handled);
        ledger_ = nullptr;
    }

private:
    static constexpr auto relaxed = std::memory_order_relaxed;
    static void count(std::atomic<std::uint64_t>& fate) noexcept {
        fate.fetch_add(1, relaxed);
        watchdog::progress();
    }
    ledger* ledger_;
};

} // namespace stress
