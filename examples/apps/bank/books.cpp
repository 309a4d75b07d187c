// SPDX-License-Identifier: BSL-1.0
#include "books.hpp"
#include <algorithm>
#include <cctype>
#include <sstream>
#include <stdexcept>

namespace bank {

bool is_word(std::string_view text) {
    return !text.empty() && text.size() <= 64 && std::ranges::all_of(text, [](char c) {
        return std::isalnum(static_cast<unsigned char>(c)) || c == '-';
    });
}

std::optional<std::string> books::open(const std::string& id, money balance) {
    if (balance < 0 || balance > most_money || !balances_.emplace(id, balance).second)
        return std::nullopt;
    return "account " + id + ' ' + std::to_string(balance);
}

books::result books::move(const transfer& t) {
    const auto before =
        std::ranges::find_if(last_, [&](const transfer& o) { return o.key == t.key; });
    if (before != last_.end())
        return {*before == t ? outcome::done : outcome::key_of_another};
    if (t.amount <= 0 || t.amount > most_money)
        return {outcome::bad_amount};
    const auto from = balances_.find(t.from), to = balances_.find(t.to);
    if (from == balances_.end() || to == balances_.end())
        return {outcome::unknown_account};
    if (from->second < t.amount)
        return {outcome::too_little};
    from->second -= t.amount;
    to->second += t.amount;
    remember(t);
    return {outcome::done,
            "move " + t.key + ' ' + t.from + ' ' + t.to + ' ' + std::to_string(t.amount)};
}

void books::remember(const transfer& t) {
    last_.push_back(t);
    if (last_.size() > remembered)
        last_.pop_front();
}

std::optional<money> books::balance(const std::string& id) const {
    const auto found = balances_.find(id);
    return found == balances_.end() ? std::nullopt : std::optional{found->second};
}

money books::total() const {
    money all = 0;
    for (const auto& [id, balance] : balances_)
        all += balance;
    return all;
}

void books::replay(std::string_view line) {
    std::istringstream words{std::string{line}};
    std::string what, id;
    money amount = 0;
    transfer t;
    words >> what;
    if (what == "account" && words >> id >> amount && open(id, amount))
        return;
    if (what == "move" && words >> t.key >> t.from >> t.to >> t.amount &&
        move(t).what == outcome::done)
        return;
    if (what == "known" && words >> t.key >> t.from >> t.to >> t.amount)
        return remember(t);
    throw std::invalid_argument{"the journal has a line that does not fit: " + std::string{line}};
}

std::vector<std::string> books::lines() const {
    std::vector<std::string> all;
    for (const auto& [id, balance] : balances_)
        all.push_back("account " + id + ' ' + std::to_string(balance));
    for (const transfer& t : last_)
        all.push_back("known " + t.key + ' ' + t.from + ' ' + t.to + ' ' +
                      std::to_string(t.amount));
    return all;
}

} // namespace bank
