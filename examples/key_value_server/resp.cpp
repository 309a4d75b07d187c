// SPDX-License-Identifier: BSL-1.0
#include "resp.hpp"
#include <charconv>

namespace key_value {
namespace {
constexpr std::size_t longest_line = 64 * 1024;
constexpr std::int64_t most_arguments = 1024 * 1024;
constexpr std::int64_t longest_value = 512LL * 1024 * 1024;
constexpr std::size_t first_reserve = 64; // an array's header is only a promise
} // namespace

std::optional<std::string_view> request_parser::line() {
    const std::size_t end = buffer_.find('\n', at_);
    if (end == std::string::npos) {
        if (buffer_.size() - at_ > longest_line)
            fail("Protocol error: too big inline request");
        return std::nullopt;
    }
    std::string_view text{buffer_.data() + at_, end - at_};
    at_ = end + 1;
    if (!text.empty() && text.back() == '\r')
        text.remove_suffix(1);
    return text;
}

bool request_parser::number(std::string_view text,
                            std::int64_t least,
                            std::int64_t most,
                            std::int64_t& n,
                            const char* what) {
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), n);
    if (code == std::errc{} && end == text.data() + text.size() && n >= least && n <= most)
        return true;
    fail(std::string{"Protocol error: invalid "} + what + " length");
    return false;
}

std::optional<command> request_parser::inline_command(std::string_view text) {
    command words;
    for (std::size_t i = 0; i < text.size();) {
        if (text[i] == ' ' || text[i] == '\t') {
            ++i;
            continue;
        }
        std::string word;
        const char quote = text[i] == '"' || text[i] == '\'' ? text[i] : '\0';
        if (quote) {
            const std::size_t end = text.find(quote, i + 1);
            if (end == std::string_view::npos) {
                fail("Protocol error: unbalanced quotes in request");
                return std::nullopt;
            }
            word = text.substr(i + 1, end - i - 1);
            i = end + 1;
        } else {
            const std::size_t end = std::min(text.find_first_of(" \t", i), text.size());
            word = text.substr(i, end - i);
            i = end;
        }
        words.push_back(std::move(word));
    }
    return words;
}

void request_parser::forget_consumed() {
    if (at_ == buffer_.size()) {
        buffer_.clear();
        at_ = 0;
    } else if (at_ > 64 * 1024) {
        buffer_.erase(0, at_);
        at_ = 0;
    }
}

std::optional<command> request_parser::next() {
    while (error_.empty()) {
        if (missing_ == 0) {
            const auto text = line();
            if (!text)
                break;
            if (text->empty())
                continue; // an empty line between commands is nothing
            if (text->front() != '*') {
                auto words = inline_command(*text);
                if (!words || words->empty())
                    continue;
                forget_consumed();
                return words;
            }
            if (!number(text->substr(1), -1, most_arguments, missing_, "multibulk"))
                break;
            arguments_.clear();
            if (missing_ <= 0) {
                missing_ = 0;
                continue;
            }
            arguments_.reserve(
                std::min<std::size_t>(static_cast<std::size_t>(missing_), first_reserve));
        }
        if (length_ < 0) {
            const auto text = line();
            if (!text)
                break;
            if (text->empty() || text->front() != '$') {
                fail("Protocol error: expected '$', got '" +
                     std::string{text->substr(0, std::min<std::size_t>(text->size(), 1))} + "'");
                break;
            }
            if (!number(text->substr(1), 0, longest_value, length_, "bulk"))
                break;
        }
        const auto size = static_cast<std::size_t>(length_);
        if (buffer_.size() - at_ < size + 2)
            break;
        arguments_.emplace_back(buffer_, at_, size);
        at_ += size + 2;
        length_ = -1;
        if (--missing_ == 0) {
            forget_consumed();
            return std::move(arguments_);
        }
    }
    forget_consumed();
    return std::nullopt;
}

std::string simple(std::string_view text) { return '+' + std::string{text} + "\r\n"; }
std::string error(std::string_view text) { return '-' + std::string{text} + "\r\n"; }
std::string integer(std::int64_t n) { return ':' + std::to_string(n) + "\r\n"; }
std::string bulk(std::string_view bytes) {
    std::string s = '$' + std::to_string(bytes.size()) + "\r\n";
    s.append(bytes);
    return s += "\r\n";
}
std::string nil() { return "$-1\r\n"; }
std::string array_header(std::size_t n) { return '*' + std::to_string(n) + "\r\n"; }
std::string array(const std::vector<std::string>& encoded) {
    std::string s = array_header(encoded.size());
    for (const auto& e : encoded)
        s += e;
    return s;
}

} // namespace key_value
