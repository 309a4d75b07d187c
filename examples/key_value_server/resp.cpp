// SPDX-License-Identifier: BSL-1.0
#include "resp.hpp"
#include <algorithm>
#include <charconv>
#include <limits>

namespace key_value {
namespace {
constexpr std::size_t longest_line = 64 * 1024;
constexpr std::int64_t most_arguments = 1024 * 1024;
constexpr std::int64_t longest_value = 512LL * 1024 * 1024;
constexpr std::size_t largest_command = 1024UL * 1024 * 1024;
constexpr std::size_t most_kept = 1024UL * 1024;
constexpr std::size_t first_reserve = 64; // an array's header is only a promise

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

std::optional<unsigned char> hex_byte(std::string_view digits) {
    unsigned char byte = 0;
    const auto [end, code] =
        std::from_chars(digits.data(), digits.data() + digits.size(), byte, 16);
    if (digits.size() != 2 || code != std::errc{} || end != digits.data() + 2)
        return std::nullopt;
    return byte;
}

/// Takes what follows the backslash off `text`.
char escaped(std::string_view& text) {
    if (text.front() == 'x')
        if (const auto byte = hex_byte(text.substr(1, 2))) {
            text.remove_prefix(3);
            return static_cast<char>(*byte);
        }
    const char c = text.front();
    text.remove_prefix(1);
    switch (c) {
    case 'n':
        return '\n';
    case 'r':
        return '\r';
    case 't':
        return '\t';
    case 'b':
        return '\b';
    case 'a':
        return '\a';
    default:
        return c;
    }
}

/// Takes a quoted part, behind its first quote, off `text` and appends it. False: it does not end.
bool quoted(std::string_view& text, char quote, std::string& word) {
    while (!text.empty()) {
        const char c = text.front();
        text.remove_prefix(1);
        if (c == quote)
            return text.empty() || is_space(text.front());
        if (c == '\\' && !text.empty() && (quote == '"' || text.front() == quote))
            word += quote == '"' ? escaped(text) : (text.remove_prefix(1), quote);
        else
            word += c;
    }
    return false;
}

std::string on_one_line(std::string_view text) {
    std::string s{text};
    std::replace_if(
        s.begin(), s.end(), [](char c) { return c == '\r' || c == '\n'; }, ' ');
    return s;
}
} // namespace

std::optional<command> words_of(std::string_view line) {
    command words;
    for (;;) {
        while (!line.empty() && is_space(line.front()))
            line.remove_prefix(1);
        if (line.empty())
            return words;
        std::string word;
        while (!line.empty() && !is_space(line.front())) {
            const char c = line.front();
            line.remove_prefix(1);
            if (c != '"' && c != '\'')
                word += c;
            else if (!quoted(line, c, word))
                return std::nullopt;
        }
        words.push_back(std::move(word));
    }
}

std::optional<std::string_view> request_parser::line(const char* what) {
    const std::size_t end = buffer_.find('\n', at_);
    if (end == std::string::npos) {
        if (buffer_.size() - at_ > longest_line)
            fail(std::string{"Protocol error: too big "} + what);
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

void request_parser::forget_consumed() {
    if (at_ == buffer_.size()) {
        if (buffer_.capacity() > most_kept)
            buffer_ = {}; // the memory of one large value is not kept while the client stays
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
            const bool is_array = at_ < buffer_.size() && buffer_[at_] == '*';
            const auto text = line(is_array ? "mbulk count string" : "inline request");
            if (!text)
                break;
            if (!is_array) {
                auto words = words_of(*text);
                if (!words)
                    fail("Protocol error: unbalanced quotes in request");
                if (!words || words->empty())
                    continue; // an empty line between commands is skipped
                forget_consumed();
                return words;
            }
            if (!number(text->substr(1), std::numeric_limits<std::int64_t>::min(), most_arguments,
                        missing_, "multibulk"))
                break;
            arguments_.clear();
            size_ = 0;
            if (missing_ <= 0) { // as in Redis: an empty array is skipped
                missing_ = 0;
                continue;
            }
            arguments_.reserve(
                std::min<std::size_t>(static_cast<std::size_t>(missing_), first_reserve));
        }
        if (length_ < 0) {
            const auto text = line("bulk count string");
            if (!text)
                break;
            if (text->empty() || text->front() != '$') {
                fail("Protocol error: expected '$', got '" +
                     (text->empty() ? std::string{" "} : std::string{text->substr(0, 1)}) + "'");
                break;
            }
            if (!number(text->substr(1), 0, longest_value, length_, "bulk"))
                break;
            size_ += static_cast<std::size_t>(length_);
            if (size_ > largest_command) {
                fail("Protocol error: too big command");
                break;
            }
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
std::string error(std::string_view text) { return '-' + on_one_line(text) + "\r\n"; }
std::string integer(std::int64_t n) { return ':' + std::to_string(n) + "\r\n"; }
std::string bulk(std::string_view bytes) {
    std::string s = '$' + std::to_string(bytes.size()) + "\r\n";
    s.append(bytes);
    return s += "\r\n";
}
std::string nil() { return "$-1\r\n"; }
std::string nil_array() { return "*-1\r\n"; }
std::string array_header(std::size_t n) { return '*' + std::to_string(n) + "\r\n"; }
std::string array(const std::vector<std::string>& encoded) {
    std::string s = array_header(encoded.size());
    for (const auto& e : encoded)
        s += e;
    return s;
}

} // namespace key_value
