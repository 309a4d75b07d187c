// SPDX-License-Identifier: BSL-1.0
#include "log/log_file.hpp"
#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <limits>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

namespace coppice::detail {
namespace {

// A file that was moved away by its name is noticed within this time. One that was removed is
// noticed at once.
constexpr auto time_between_looks = std::chrono::seconds{1};

std::error_code last_error() noexcept { return {errno, std::generic_category()}; }

} // namespace

log_file::log_file(std::string path, std::size_t rotate_at, std::size_t old_files)
    : path_{std::move(path)}, rotate_at_{rotate_at}, old_files_{old_files} {
    if (const std::error_code e = open())
        throw std::system_error{e, "coppice: cannot open the log file " + path_};
}

log_file::~log_file() { close(); }

std::error_code log_file::open() noexcept {
    fd_ = ::open(path_.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666);
    if (fd_ < 0)
        return last_error();
    struct stat s {};
    if (fstat(fd_, &s) != 0) {
        const std::error_code e = last_error();
        close();
        return e;
    }
    device_ = s.st_dev;
    inode_ = s.st_ino;
    const bool is_file = S_ISREG(s.st_mode);
    size_ = is_file ? static_cast<std::size_t>(s.st_size) : 0;
    // A device or a pipe is never moved aside.
    rotate_next_ = is_file ? rotate_at_ : std::numeric_limits<std::size_t>::max();
    torn_ = false;
    looked_at_ = std::chrono::steady_clock::now();
    return {};
}

void log_file::close() noexcept {
    if (!path_.empty() && fd_ >= 0)
        ::close(fd_);
    if (!path_.empty())
        fd_ = -1;
}

bool log_file::is_in_place() noexcept {
    struct stat s {};
    if (fstat(fd_, &s) != 0 || s.st_nlink == 0)
        return false;
    const auto now = std::chrono::steady_clock::now();
    if (now - looked_at_ < time_between_looks)
        return true;
    looked_at_ = now;
    return ::stat(path_.c_str(), &s) == 0 && s.st_dev == device_ && s.st_ino == inode_;
}

/// FILE.1 is the newest of the old ones.
void log_file::rotate() noexcept {
    // A name that is too long for memory is a failed rotation, too.
    try {
        const auto old = [this](std::size_t n) { return path_ + '.' + std::to_string(n); };
        if (old_files_ == 0) {
            if (::unlink(path_.c_str()) != 0)
                throw std::system_error{last_error()};
        } else {
            for (std::size_t n = old_files_; n > 1; --n)
                ::rename(old(n - 1).c_str(), old(n).c_str()); // there may be fewer
            if (::rename(path_.c_str(), old(1).c_str()) != 0)
                throw std::system_error{last_error()};
        }
        close();
        (void)open(); // the next line tries again
    } catch (const std::exception&) {
        rotate_next_ = size_ + std::max<std::size_t>(rotate_at_ / 2, 1);
        complain("coppice: cannot move the full log file aside, and goes on with it");
    }
}

std::error_code log_file::append(std::string_view text) noexcept {
    while (!text.empty()) {
        const ssize_t n = ::write(fd_, text.data(), text.size());
        if (n >= 0) {
            size_ += static_cast<std::size_t>(n);
            text.remove_prefix(static_cast<std::size_t>(n));
            torn_ = true; // until all of it is there
        } else if (errno == EAGAIN) {
            // A program that shares standard error with us made it non-blocking.
            pollfd p{.fd = fd_, .events = POLLOUT, .revents = 0};
            ::poll(&p, 1, -1);
        } else if (errno != EINTR)
            return last_error();
    }
    torn_ = false;
    return {};
}

std::error_code log_file::write(std::string_view text) {
    if (!path_.empty()) {
        if (fd_ >= 0 && !is_in_place())
            close();
        if (fd_ >= 0 && size_ > 0 && size_ + text.size() > rotate_next_)
            rotate();
        if (fd_ < 0)
            if (const std::error_code e = open())
                return e;
    }
    if (torn_)
        if (const std::error_code e = append("\n"))
            return e;
    return append(text);
}

void complain(std::string_view sentence) noexcept {
    char line[1024];
    const std::size_t n = std::min(sentence.size(), sizeof line - 1);
    std::memcpy(line, sentence.data(), n);
    line[n] = '\n';
    // A pipe that is full and that nothing reads must not hold us up. One that can be written at
    // all takes a line of this length whole.
    pollfd p{.fd = STDERR_FILENO, .events = POLLOUT, .revents = 0};
    if (::poll(&p, 1, 0) == 1 && (p.revents & (POLLERR | POLLNVAL)) == 0) [[maybe_unused]]
        const ssize_t written = ::write(STDERR_FILENO, line, n + 1);
}

} // namespace coppice::detail
