// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <algorithm>
#include <boost/container/small_vector.hpp>
#include <coppice/detail/shrinking_map.hpp>
#include <memory>

namespace coppice::detail {

/// A map that nearly always holds one or two entries, and sometimes a million: it searches up to
/// eight, and hashes more.
template <class K, class V>
class small_map {
public:
    V* find(const K& key) noexcept {
        if (many_) {
            const auto it = many_->find(key);
            return it == many_->end() ? nullptr : &it->second;
        }
        const auto it = in_few(key);
        return it == few_.end() ? nullptr : &it->second;
    }
    /// The one that is there, or a new one.
    V& get(const K& key) {
        if (many_)
            return (*many_)[key];
        if (const auto it = in_few(key); it != few_.end())
            return it->second;
        if (few_.size() < few)
            return few_.emplace_back(key, V{}).second;
        many_ = std::make_unique<map>(few_.begin(), few_.end());
        few_.clear();
        return (*many_)[key];
    }
    bool erase(const K& key) noexcept {
        if (many_)
            return many_->erase(key) > 0;
        const auto it = in_few(key);
        if (it == few_.end())
            return false;
        *it = few_.back();
        few_.pop_back();
        return true;
    }
    template <class F>
    void for_each(F f) const {
        for (const auto& [key, value] : few_)
            f(key, value);
        if (many_)
            for (const auto& [key, value] : *many_)
                f(key, value);
    }

private:
    static constexpr std::size_t few = 8;
    using map = shrinking_map<K, V>;
    using entry = std::pair<K, V>;

    auto in_few(const K& key) noexcept {
        return std::find_if(few_.begin(), few_.end(),
                            [&](const entry& e) { return e.first == key; });
    }

    boost::container::small_vector<entry, 1> few_;
    std::unique_ptr<map> many_; // then all are in there
};

} // namespace coppice::detail
