// SPDX-License-Identifier: BSL-1.0
#pragma once
#include "keyspace.hpp"
#include <filesystem>
#include <functional>

namespace key_value {

/// The file in which a partition keeps its changes, in the order in which they were made.
///
/// A record is a length, a checksum and the change. An append is one `write`, so what was
/// acknowledged survives the end of its process, and of the whole program; a power cut may take the
/// last seconds (there is no fsync for each write, as in Redis's default). A record that was cut off
/// by the end of the program was never acknowledged, and is cut away.
///
/// Errors: throws std::system_error that names the file.
/// Context: one owner.
class append_log {
public:
    /// Opens or makes the file and hands each change in it to `replay`.
    append_log(std::filesystem::path file, const std::function<void(change)>& replay);
    ~append_log();
    append_log(const append_log&) = delete;
    append_log& operator=(const append_log&) = delete;

    void append(const std::vector<change>& changes);
    /// Replaces the file by one that holds just these entries.
    void rewrite(const keyspace& entries);

    std::size_t records() const { return records_; }
    /// Bytes of an unfinished record that were cut away when it was opened.
    std::size_t cut_away() const { return cut_away_; }

private:
    void write_all(int file, const std::string& bytes);
    [[noreturn]] void fail(const char* what) const;

    std::filesystem::path path_;
    int file_ = -1;
    std::size_t records_ = 0;
    std::size_t cut_away_ = 0;
};

} // namespace key_value
