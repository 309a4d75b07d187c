// SPDX-License-Identifier: BSL-1.0
#pragma once
#include "json.hpp"
#include <coppice/exit_reason.hpp>
#include <exception>

// Exit reasons as the scenario language writes them (scenario.md, section 0), and back.
namespace conformance {

/// A raised error: the exception with which a scripted process fails. Its text is the JSON of what
/// was raised, so that it survives the way through an exit reason.
class raised final : public std::exception {
public:
    explicit raised(const json::value& what) : text_{json::serialize(what)} {}
    const char* what() const noexcept override { return text_.c_str(); }

private:
    std::string text_;
};

/// A string is a word, an object with one key is `{tag, inner}`.
coppice::exit_reason reason_from(const json::value& v);
/// The reason under `key`; a word where it is missing.
coppice::exit_reason reason_from(const json::object& o,
                                 std::string_view key,
                                 std::string_view otherwise = "normal");
json::value to_json(const coppice::exit_reason& reason);

} // namespace conformance
