// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <cstddef>
#include <string>
#include <string_view>

// W15: what all servers make of the bytes that a client sends.
namespace benchmark {

/// Counts the commands in what comes, by parts: `*1`, `$4` and `PING`, a line each. The client asks
/// for the server's configuration first, and is content with any answer to that.
class ping_requests {
public:
    /// How many came to their end in `bytes`.
    std::size_t take(std::string_view bytes) noexcept {
        std::size_t commands = 0;
        for (const char c : bytes) {
            if (c == '\n') {
                if (lines_ > 0)
                    commands += --lines_ == 0;
                else
                    lines_ = 2 * words_; // of each word its length and itself
                words_ = 0;
            } else if (lines_ == 0 && c >= '0' && c <= '9')
                words_ = words_ * 10 + static_cast<std::size_t>(c - '0');
        }
        return commands;
    }

private:
    std::size_t lines_ = 0; // that the command has left
    std::size_t words_ = 0; // that the next one says it has
};

/// The answers to `n` requests are the first of them.
class pongs {
public:
    explicit pongs(std::size_t most) {
        for (std::size_t i = 0; i < most; ++i)
            all_ += one;
    }
    std::string_view first(std::size_t n) const {
        return std::string_view{all_}.substr(0, n * one.size());
    }

private:
    static constexpr std::string_view one = "+PONG\r\n";
    std::string all_;
};

inline constexpr std::size_t bytes_at_once = 16 * 1024;
inline const pongs answers{bytes_at_once / 8}; // no command is shorter

} // namespace benchmark
