// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bank {

/// In cents. No account is ever below zero.
using money = std::int64_t;

inline constexpr money most_money = 1'000'000'000'000;

/// What became of a transfer. `done` also for one that was done before, under the same key.
enum class outcome { done, unknown_account, too_little, bad_amount, key_of_another };

struct transfer {
    std::string key; ///< chosen by the client: the same transfer again has the same key
    std::string from, to;
    money amount = 0;
    bool operator==(const transfer&) const = default;
};

/// The accounts and the last transfers, and the lines by which they are written down.
///
/// Each change gives the line that makes it again: `replay` of all lines gives equal books.
/// Context: a value; no process in it.
class books {
public:
    static constexpr std::size_t remembered = 100; ///< transfers whose keys are known

    /// The line; none when the id is taken, or the balance is not from 0 to `most_money`.
    std::optional<std::string> open(const std::string& id, money balance);

    struct result {
        outcome what = outcome::done;
        std::optional<std::string> line = {}; ///< if something changed
    };
    result move(const transfer& t);

    std::optional<money> balance(const std::string& id) const;
    money total() const;

    /// Errors: std::invalid_argument for a line that is none of these.
    void replay(std::string_view line);
    /// As few lines as give these books.
    std::vector<std::string> lines() const;

    bool operator==(const books&) const = default;

private:
    void remember(const transfer& t);

    std::map<std::string, money> balances_;
    std::deque<transfer> last_;
};

/// Letters, digits and dashes, at most 64: what may stand in a line.
bool is_word(std::string_view text);

} // namespace bank
