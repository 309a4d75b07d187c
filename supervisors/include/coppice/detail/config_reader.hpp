// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <boost/describe/enumerators.hpp>
#include <boost/describe/members.hpp>
#include <boost/mp11/algorithm.hpp>
#include <boost/mp11/list.hpp>
#include <coppice/time_limit.hpp>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace coppice::detail {

/// The configuration file and the environment of a program, and what is wrong in them.
class config_document;

/// A place in the configuration: a key of the file, and the environment variable that overrides it.
///
/// What is not said anywhere is left as it is. What is wrong is noted in the document, with file
/// and line, and is left as it is, too: so all errors are found at once.
class config_reader {
public:
    using words = std::vector<std::string_view>;

    config_reader(config_document& in, const void* node, std::string path, std::string variable);

    /// The file or the environment says something of this place or, of a table, of what lies in it.
    bool has_value(bool is_table) const;
    void fail(const std::string& expected) const;
    /// For what a configuration says of itself: a sentence.
    void refuse(const std::string& why) const;

    // --- a table ---
    config_reader member(std::string_view key) const;
    /// It is a table, and has no other keys than these.
    bool check_table(const words& keys) const;

    // --- a list ---
    std::optional<std::vector<config_reader>> elements() const;

    // --- one value ---
    std::optional<bool> boolean() const;
    std::optional<std::int64_t> integer(std::int64_t least, std::int64_t most) const;
    std::optional<std::uint64_t> natural(std::uint64_t most) const;
    std::optional<double> number() const;
    std::optional<std::string> text() const;
    std::optional<std::chrono::nanoseconds> duration() const;
    void fail_duration(std::intmax_t num, std::intmax_t den) const;
    /// A duration, or the word `infinity`.
    std::optional<time_span> span() const;
    /// Which of the words it is.
    std::optional<std::size_t> word(const words& all) const;

private:
    friend config_document;
    /// What the environment says.
    std::optional<std::string_view> said() const;

    config_document* in_;
    const void* node_;                        // of the file; null: not there
    std::string path_;                        // "web.tls.cert"
    std::string variable_;                    // "WEB_TLS_CERT"; empty: none
    std::optional<std::string> element_ = {}; // a piece of a variable's list
};

// --- which types a field may have ---

template <class T>
concept described_struct = std::is_class_v<T> && boost::describe::has_describe_members<T>::value;
template <class T>
concept described_enum = std::is_enum_v<T> && boost::describe::has_describe_enumerators<T>::value;
template <class T>
concept plain_integer =
    std::is_integral_v<T> && !std::is_same_v<T, bool> && !std::is_same_v<T, char> &&
    !std::is_same_v<T, wchar_t> && !std::is_same_v<T, char8_t> && !std::is_same_v<T, char16_t> &&
    !std::is_same_v<T, char32_t>;

template <class T>
inline constexpr bool is_list = false;
template <class T>
inline constexpr bool is_list<std::vector<T>> = true;
template <class T>
inline constexpr bool is_optional = false;
template <class T>
inline constexpr bool is_optional<std::optional<T>> = true;
template <class T>
inline constexpr bool is_duration = false;
template <class Rep, class Period>
inline constexpr bool is_duration<std::chrono::duration<Rep, Period>> = true;

template <class C>
using config_fields =
    boost::describe::describe_members<C,
                                      boost::describe::mod_public | boost::describe::mod_inherited>;

template <class T>
constexpr bool can_be_configured();

template <class C, template <class...> class L, class... Ds>
constexpr bool all_fields_can(L<Ds...>*) {
    return (can_be_configured<std::remove_cvref_t<decltype(std::declval<C&>().*Ds::pointer)>>() &&
            ...);
}

template <class T>
constexpr bool can_be_configured() {
    if constexpr (is_optional<T> || is_list<T>)
        return can_be_configured<typename T::value_type>();
    else if constexpr (described_struct<T>)
        return all_fields_can<T>(static_cast<config_fields<T>*>(nullptr));
    else
        return std::is_same_v<T, bool> || plain_integer<T> || std::is_floating_point_v<T> ||
               std::is_same_v<T, std::string> || std::is_same_v<T, time_span> || is_duration<T> ||
               described_enum<T>;
}

// --- reading ---

template <class C>
concept validates = requires(const C& c) {
    c.validate();
};

template <class T>
void read_config(const config_reader& from, T& to);

template <class C, template <class...> class L, class... Ds>
void read_fields(const config_reader& from, C& to, L<Ds...>*) {
    if (from.check_table({Ds::name...}))
        (read_config(from.member(Ds::name), to.*Ds::pointer), ...);
}

template <class T>
void read_integer(const config_reader& from, T& to) {
    using limits = std::numeric_limits<T>;
    if constexpr (std::is_signed_v<T>) {
        if (const auto v = from.integer(limits::min(), limits::max()))
            to = static_cast<T>(*v);
    } else {
        if (const auto v = from.natural(limits::max()))
            to = static_cast<T>(*v);
    }
}

template <class D>
void read_duration(const config_reader& from, D& to) {
    const auto v = from.duration();
    if (!v)
        return;
    using wide = std::chrono::duration<long double, std::nano>;
    const D d = std::chrono::duration_cast<D>(*v);
    if (std::is_floating_point_v<typename D::rep> || wide{d} == wide{*v})
        to = d;
    else
        from.fail_duration(D::period::num, D::period::den);
}

template <class E, template <class...> class L, class... Ds>
void read_enum(const config_reader& from, E& to, L<Ds...>*) {
    constexpr E all[]{Ds::value...};
    if (const auto v = from.word({Ds::name...}))
        to = all[*v];
}

template <class T>
void read_config(const config_reader& from, T& to) {
    const auto take = [&](auto v) {
        if (v)
            to = static_cast<T>(*v);
    };
    if constexpr (is_optional<T>) {
        if (from.has_value(described_struct<typename T::value_type>))
            read_config(from, to ? *to : to.emplace());
    } else if constexpr (is_list<T>) {
        if (const auto all = from.elements()) {
            to.clear();
            for (const config_reader& e : *all) {
                typename T::value_type v{};
                read_config(e, v);
                to.push_back(std::move(v));
            }
        }
    } else if constexpr (described_struct<T>)
        read_fields(from, to, static_cast<config_fields<T>*>(nullptr));
    else if constexpr (described_enum<T>)
        read_enum(from, to, static_cast<boost::describe::describe_enumerators<T>*>(nullptr));
    else if constexpr (std::is_same_v<T, bool>)
        take(from.boolean());
    else if constexpr (plain_integer<T>)
        read_integer(from, to);
    else if constexpr (std::is_floating_point_v<T>)
        take(from.number());
    else if constexpr (std::is_same_v<T, time_span>)
        take(from.span());
    else if constexpr (is_duration<T>)
        read_duration(from, to);
    else
        take(from.text());

    if constexpr (described_struct<T> && validates<T>) {
        try {
            to.validate();
        } catch (const std::exception& e) {
            from.refuse(e.what());
        }
    }
}

// --- comparing ---

template <class T>
bool same_config(const T& a, const T& b);

template <class C, template <class...> class L, class... Ds>
bool same_fields(const C& a, const C& b, L<Ds...>*) {
    return (same_config(a.*Ds::pointer, b.*Ds::pointer) && ...);
}

template <class T>
bool same_config(const T& a, const T& b) {
    if constexpr (is_optional<T>)
        return a.has_value() == b.has_value() && (!a || same_config(*a, *b));
    else if constexpr (is_list<T>) {
        if (a.size() != b.size())
            return false;
        for (std::size_t i = 0; i < a.size(); ++i)
            if (!same_config<typename T::value_type>(a[i], b[i]))
                return false;
        return true;
    } else if constexpr (described_struct<T>)
        return same_fields(a, b, static_cast<config_fields<T>*>(nullptr));
    else
        return a == b;
}

} // namespace coppice::detail
