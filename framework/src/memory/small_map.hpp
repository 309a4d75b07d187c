// SPDX-License-Identifier: BSL-1.0
#pragma once
#include "memory/cell_ptr.hpp"
#include <algorithm>
#include <boost/container/small_vector.hpp>
#include <coppice/detail/shrinking_map.hpp>
#include <memory>
#include <utility>

namespace coppice::detail {

/// A map that nearly always holds one entry, sometimes some, and sometimes a million. The one lies
/// in it; among up to eight it searches, and it hashes more.
///
/// No key may be K{}: that is where there is none.
template <class K, class V>
class small_map {
public:
    V* find(const K& key) noexcept {
        if (more_)
            return more_->find(key);
        return has_one() && one_.first == key ? &one_.second : nullptr;
    }
    /// The one that is there, or a new one.
    V& get(const K& key) {
        if (more_)
            return more_->get(key);
        if (!has_one())
            one_ = {key, V{}};
        if (one_.first == key)
            return one_.second;
        more_.reset(make_in_cell<several>());
        more_->get(one_.first) = one_.second;
        return more_->get(key);
    }
    bool erase(const K& key) noexcept {
        if (more_)
            return more_->erase(key);
        if (!has_one() || one_.first != key)
            return false;
        one_ = {};
        return true;
    }
    /// False when there is one entry at most.
    bool has_several() const noexcept { return more_ != nullptr; }
    bool empty() const noexcept { return more_ ? more_->size() == 0 : !has_one(); }
    /// Gives back the room of entries that are gone. Errors: std::bad_alloc; nothing is lost then.
    void shrink() {
        if (!more_)
            return;
        if (more_->size() > 1)
            return more_->shrink();
        one_ = {};
        more_->for_each([this](const K& key, const V& value) { one_ = {key, value}; });
        more_.reset();
    }
    template <class F>
    void for_each(F f) const {
        if (more_)
            more_->for_each(f);
        else if (has_one())
            f(one_.first, one_.second);
    }

private:
    using entry = std::pair<K, V>;

    class several {
    public:
        V* find(const K& key) noexcept {
            if (many_) {
                const auto it = many_->find(key);
                return it == many_->end() ? nullptr : &it->second;
            }
            const auto it = in_few(key);
            return it == few_.end() ? nullptr : &it->second;
        }
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
        std::size_t size() const noexcept { return many_ ? many_->size() : few_.size(); }
        void shrink() {
            if (!many_)
                return few_.shrink_to_fit();
            if (many_->size() > few)
                return many_->rehash(0);
            decltype(few_) left{many_->begin(), many_->end()};
            few_.swap(left);
            many_.reset();
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

        auto in_few(const K& key) noexcept {
            return std::find_if(few_.begin(), few_.end(),
                                [&](const entry& e) { return e.first == key; });
        }

        boost::container::small_vector<entry, 2> few_;
        std::unique_ptr<map> many_; // then all are in there
    };

    bool has_one() const noexcept { return one_.first != K{}; }

    entry one_{};
    cell_ptr<several> more_; // then all are in there
};

} // namespace coppice::detail
