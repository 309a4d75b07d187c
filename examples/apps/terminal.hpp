// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <boost/asio/posix/stream_descriptor.hpp>
#include <cerrno>
#include <coppice/asio.hpp>
#include <optional>
#include <system_error>
#include <termios.h>
#include <unistd.h>

// Keys and lines of a terminal.
namespace apps {

/// Keys from the standard input, one by one: of a terminal without the line's end and without echo,
/// of a pipe as they come. The terminal is as before when it ends, also by an exit.
///
/// Errors: std::system_error where the standard input is neither a terminal nor a pipe.
/// Context: one process; `next` suspends it.
class keyboard {
public:
    keyboard() : in_{coppice::this_process::io_executor()} {
        boost::system::error_code ec;
        in_.assign(::dup(STDIN_FILENO), ec);
        if (ec)
            throw std::system_error{ec, "keys come from a terminal or a pipe"};
        if (::tcgetattr(STDIN_FILENO, &before_) != 0)
            return;
        is_terminal_ = true;
        termios keys = before_;
        keys.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO); // Ctrl-C stays a signal
        ::tcsetattr(STDIN_FILENO, TCSANOW, &keys);
    }
    keyboard(const keyboard&) = delete;
    keyboard& operator=(const keyboard&) = delete;
    ~keyboard() {
        if (is_terminal_)
            ::tcsetattr(STDIN_FILENO, TCSANOW, &before_);
    }

    /// The next key; none at the end of the input.
    std::optional<char> next() {
        char key = 0;
        boost::system::error_code ec;
        in_.async_read_some(boost::asio::buffer(&key, 1), coppice::use_process[ec]);
        return ec ? std::nullopt : std::optional{key};
    }

private:
    boost::asio::posix::stream_descriptor in_;
    termios before_{};
    bool is_terminal_ = false;
};

/// Whether lines may be drawn over.
inline bool draws() { return ::isatty(STDOUT_FILENO) == 1; }

} // namespace apps
