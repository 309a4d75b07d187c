// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// RESP2, the protocol of Redis, as bytes in and bytes out. No sockets here.
namespace key_value {

/// A command with its arguments; the values are any bytes.
using command = std::vector<std::string>;

/// Turns a stream of bytes into commands, in pieces of any size.
///
/// Both forms are understood: an array of bulk strings, and a line typed by hand.
/// Units: the limits are those of Redis: 64 KiB for a line, 1,048,576 arguments, 512 MiB a value,
/// and 1 GiB for a whole command.
class request_parser {
public:
    /// Appends received bytes.
    void feed(std::string_view bytes) { buffer_.append(bytes); }

    /// The next whole command; nothing when more bytes are needed.
    /// Errors: `error()` says what is wrong with the stream; it can only be closed then.
    std::optional<command> next();
    const std::string& error() const { return error_; }

private:
    std::optional<std::string_view> line(const char* what);
    bool number(std::string_view text,
                std::int64_t least,
                std::int64_t most,
                std::int64_t& n,
                const char* what);
    void fail(std::string why) { error_ = std::move(why); }
    void forget_consumed();

    std::string buffer_;
    std::size_t at_ = 0;       // consumed up to here
    command arguments_;        // of the array that is being read
    std::int64_t missing_ = 0; // arguments still to come
    std::int64_t length_ = -1; // of the bulk string that is being read
    std::size_t size_ = 0;     // of the arguments that were read
    std::string error_;
};

/// The words of a line typed by hand; nothing when its quotes do not match.
///
/// "..." knows \n, \r, \t, \b, \a and \x41; '...' knows \' only. A space follows a closing quote.
std::optional<command> words_of(std::string_view line);

// --- answers ---

std::string simple(std::string_view text);
/// `text` begins with a code, such as `ERR`. An end of line within it becomes a space: a quoted
/// text of a client must not look like an answer.
std::string error(std::string_view text);
std::string integer(std::int64_t n);
std::string bulk(std::string_view bytes);
std::string nil();
std::string nil_array();
std::string array_header(std::size_t n);
std::string array(const std::vector<std::string>& encoded);

} // namespace key_value
