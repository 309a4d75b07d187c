// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <system_error>

namespace coppice::detail {

/// Where the lines of the log go: a file that is moved aside when it is full, or standard error.
///
/// Nothing that happens to the file is thrown, but for the first opening: a line is written, or it
/// is not, and then `write` says why. A file that was removed or moved away is opened anew by its
/// name. A rotation that fails leaves the full file in use, and is tried again when half as much
/// has come.
///
/// Context: one thread at a time.
class log_file {
public:
    /// Standard error.
    log_file() noexcept : fd_{2} {}
    /// Errors: throws std::system_error that names the file.
    log_file(std::string path, std::size_t rotate_at, std::size_t old_files);
    log_file(const log_file&) = delete;
    log_file& operator=(const log_file&) = delete;
    ~log_file();

    /// Writes it whole, or says why not.
    std::error_code write(std::string_view text);
    /// As it stands in sentences.
    std::string_view name() const noexcept {
        return path_.empty() ? std::string_view{"standard error"} : path_;
    }

private:
    std::error_code open() noexcept;
    void close() noexcept;
    bool is_in_place() noexcept;
    void rotate() noexcept;
    std::error_code append(std::string_view text) noexcept;

    std::string path_; // empty: standard error
    std::size_t rotate_at_ = 0;
    std::size_t old_files_ = 0;
    int fd_ = -1;
    dev_t device_{};
    ino_t inode_{};
    std::size_t size_ = 0;
    std::size_t rotate_next_ = 0; // at this size
    bool torn_ = false;           // the last line could not be written to its end
    std::chrono::steady_clock::time_point looked_at_{};
};

/// One line on standard error, if that can be done without waiting, for what the log itself cannot
/// say. Any thread.
void complain(std::string_view sentence) noexcept;

} // namespace coppice::detail
