// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <boost/json.hpp>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>

// Reading the objects of a scenario. A key that is missing where the language asks for it is an
// error of the scenario: Boost.JSON's exception names the key.
namespace conformance {

namespace json = boost::json;

inline std::string text(const json::object& o, std::string_view key) {
    return std::string{o.at(key).as_string()};
}
inline std::string text_or(const json::object& o,
                           std::string_view key,
                           std::string_view otherwise) {
    const json::value* v = o.if_contains(key);
    return std::string{v ? std::string_view{v->as_string()} : otherwise};
}
inline bool flag(const json::object& o, std::string_view key, bool otherwise = false) {
    const json::value* v = o.if_contains(key);
    return v ? v->as_bool() : otherwise;
}
inline std::chrono::milliseconds milliseconds(const json::value& v) {
    return std::chrono::milliseconds{v.as_int64()};
}
inline std::optional<std::chrono::milliseconds> milliseconds(const json::object& o,
                                                             std::string_view key) {
    const json::value* v = o.if_contains(key);
    return v ? std::optional{milliseconds(*v)} : std::nullopt;
}
inline json::value value_or(const json::object& o, std::string_view key, json::value otherwise) {
    const json::value* v = o.if_contains(key);
    return v ? *v : std::move(otherwise);
}

} // namespace conformance
