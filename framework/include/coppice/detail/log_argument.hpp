// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <string>
#include <string_view>
#include <type_traits>

// How arguments of a log line reach the formatter without its headers.
namespace coppice::detail {

/// The text of a line with N replacement fields, counted when it is compiled.
template <std::size_t N>
struct line_format {
    template <class S>
    requires std::convertible_to<const S&, std::string_view>
    consteval line_format(const S& s) : text{s} {
        std::size_t fields = 0;
        for (std::size_t i = 0; i < text.size(); ++i)
            if (text[i] == '{') {
                if (i + 1 < text.size() && text[i + 1] == '{')
                    ++i;
                else
                    ++fields;
            }
        if (fields != N)
            throw "coppice: a log line needs one {} for each argument";
    }
    std::string_view text;
};

std::string duration_text(std::chrono::nanoseconds d);

template <class T>
concept has_text = requires(const T& t) {
    { t.text() } -> std::convertible_to<std::string>;
};
template <class T>
concept has_to_string = requires(const T& t) {
    { to_string(t) } -> std::convertible_to<std::string_view>;
};

/// One argument. Text is a view where it may be, because the line is made before the call returns.
struct log_argument {
    enum class kind : std::uint8_t { text, integer, natural, real, boolean, character };

    explicit log_argument(bool b) : what{kind::boolean}, natural{b} {}
    explicit log_argument(char c) : what{kind::character}, character{c} {}
    template <std::signed_integral T>
    explicit log_argument(T n) : what{kind::integer}, integer{n} {}
    template <std::unsigned_integral T>
    explicit log_argument(T n) : what{kind::natural}, natural{n} {}
    template <std::floating_point T>
    explicit log_argument(T x) : what{kind::real}, real{static_cast<double>(x)} {}
    template <class T>
    requires std::convertible_to<const T&, std::string_view>
    explicit log_argument(const T& t) : text{t} {}
    template <class T>
    requires(has_text<T> &&
             !std::convertible_to<const T&, std::string_view>) explicit log_argument(const T& t)
        : made{t.text()}, text{made} {}
    template <class T>
    requires(has_to_string<T> && !has_text<T> && !std::integral<T> &&
             !std::convertible_to<const T&, std::string_view>) explicit log_argument(const T& t)
        : made{to_string(t)}, text{made} {}
    template <class T>
    requires std::derived_from<T, std::exception>
    explicit log_argument(const T& e) : text{e.what()} {}
    template <class Rep, class Period>
    explicit log_argument(std::chrono::duration<Rep, Period> d)
        : made{duration_text(std::chrono::duration_cast<std::chrono::nanoseconds>(d))},
          text{made} {}
    log_argument(const log_argument&) = delete;
    log_argument& operator=(const log_argument&) = delete;

    kind what = kind::text;
    union {
        std::int64_t integer = 0;
        std::uint64_t natural;
        double real;
        char character;
    };
    std::string made;
    std::string_view text;
};

} // namespace coppice::detail
