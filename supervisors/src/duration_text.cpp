// SPDX-License-Identifier: BSL-1.0
#include "duration_text.hpp"

#include <cstdint>

namespace coppice::detail {

namespace {

/// Takes the text from its front.
class duration_parser {
public:
    explicit duration_parser(std::string_view text) : rest_{text} {}

    std::optional<std::chrono::nanoseconds> parse() {
        std::int64_t sum = 0;
        do {
            std::int64_t part = 0;
            if (!take_part(part) || __builtin_add_overflow(sum, part, &sum))
                return std::nullopt;
        } while (!rest_.empty());
        return std::chrono::nanoseconds{sum};
    }

private:
    // A number and its unit.
    bool take_part(std::int64_t& ns) {
        std::int64_t whole = 0, fraction = 0, scale = 1;
        if (!take_digits(whole, nullptr))
            return false;
        if (rest_.starts_with('.')) {
            rest_.remove_prefix(1);
            if (!take_digits(fraction, &scale))
                return false;
        }
        const std::int64_t unit = take_unit();
        std::int64_t more = 0;
        if (unit == 0 || __builtin_mul_overflow(whole, unit, &ns) ||
            __builtin_mul_overflow(fraction, unit, &more) || more % scale != 0)
            return false;
        return !__builtin_add_overflow(ns, more / scale, &ns);
    }

    // `scale`: ten to the number of digits.
    bool take_digits(std::int64_t& n, std::int64_t* scale) {
        bool any = false;
        for (; !rest_.empty() && rest_[0] >= '0' && rest_[0] <= '9'; rest_.remove_prefix(1)) {
            any = true;
            if (__builtin_mul_overflow(n, 10, &n) ||
                __builtin_add_overflow(n, rest_[0] - '0', &n) ||
                (scale != nullptr && __builtin_mul_overflow(*scale, 10, scale)))
                return false;
        }
        return any;
    }

    std::int64_t take_unit() {
        struct unit {
            std::string_view text;
            std::int64_t ns;
        };
        // `ms` before `m`: the first that fits is taken.
        constexpr unit units[]{{"ns", 1},
                               {"us", 1'000},
                               {"ms", 1'000'000},
                               {"s", 1'000'000'000},
                               {"m", 60'000'000'000},
                               {"h", 3'600'000'000'000},
                               {"d", 86'400'000'000'000}};
        for (const unit& u : units)
            if (rest_.starts_with(u.text)) {
                rest_.remove_prefix(u.text.size());
                return u.ns;
            }
        return 0;
    }

    std::string_view rest_;
};

} // namespace

std::optional<std::chrono::nanoseconds> duration_of(std::string_view text) {
    return duration_parser{text}.parse();
}

} // namespace coppice::detail
