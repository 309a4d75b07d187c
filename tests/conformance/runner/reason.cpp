// SPDX-License-Identifier: BSL-1.0
#include "reason.hpp"

#include "recorder.hpp"
#include <charconv>

namespace conformance {

using coppice::exit_reason;

namespace {

// A value that is no word of the language: kept as its JSON text.
constexpr std::string_view value_tag = "json";

std::optional<std::int64_t> number(std::string_view text) {
    std::int64_t n = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), n);
    if (error != std::errc{} || end != text.data() + text.size())
        return {};
    return n;
}

// `[auto_shutdown, significant]` as an array of words.
json::value list(std::string_view text) {
    json::array words;
    text.remove_prefix(1);
    text.remove_suffix(1);
    while (!text.empty()) {
        const auto comma = text.find(", ");
        words.emplace_back(text.substr(0, comma));
        text.remove_prefix(comma == text.npos ? text.size() : comma + 2);
    }
    return words;
}

// What a refusal of a spec quotes. Coppice quotes everything as text; OTP shows the value itself.
json::value quoted(std::string_view tag, std::string_view word) {
    if (tag == "already_started" || tag == "already_registered")
        return json::value(tape().name_of(word));
    if (tag == "bad_combination")
        return list(word);
    if (tag == "bad_start_spec") // OTP shows the faulty list; the oracle writes each spec as "map"
        return json::array(static_cast<std::size_t>(number(word).value_or(0)), "map");
    if (tag.starts_with("invalid_")) {
        if (const auto n = number(word))
            return *n;
        if (word == "true" || word == "false")
            return word == "true";
    }
    return json::string(word);
}

json::value inner_to_json(std::string_view tag, const exit_reason& inner) {
    if (inner.is_error() || inner.is_tagged())
        return to_json(inner);
    return quoted(tag, inner.word());
}

} // namespace

exit_reason reason_from(const json::value& v) {
    if (const auto* word = v.if_string())
        return exit_reason{*word};
    if (const auto* tagged = v.if_object(); tagged && tagged->size() == 1)
        return exit_reason::tagged(tagged->begin()->key(), reason_from(tagged->begin()->value()));
    return exit_reason::tagged(value_tag, exit_reason{json::serialize(v)});
}

exit_reason reason_from(const json::object& o, std::string_view key, std::string_view otherwise) {
    const json::value* v = o.if_contains(key);
    return v ? reason_from(*v) : exit_reason{otherwise};
}

json::value to_json(const exit_reason& reason) {
    if (const auto* crash = reason.crash()) {
        json::error_code none;
        json::value what = json::parse(crash->what, none);
        if (none) // no `raised`: an exception of the library itself, shown as it is
            what = crash->type + ": " + crash->what;
        return json::object{{"error", std::move(what)}};
    }
    if (!reason.is_tagged())
        return json::string(reason.word());
    if (!reason.child().empty())
        return json::object{{"failed_to_start_child", reason.child()},
                            {"reason", to_json(reason.inner())}};
    // {R, {gen_server, call, Args}}: an uncaught failed call. The oracle writes R alone, too.
    if (const auto inner = reason.inner(); inner.is_tagged() && inner.word() == "gen_server")
        return json::string(reason.word());
    if (reason.word() == value_tag)
        return json::parse(reason.inner().word());
    return json::object{{reason.word(), inner_to_json(reason.word(), reason.inner())}};
}

} // namespace conformance
