// SPDX-License-Identifier: BSL-1.0
#pragma once
#include "keyspace.hpp"
#include <filesystem>
#include <functional>

namespace key_value {

/// A file descriptor, closed by its destructor.
class file_descriptor {
public:
    explicit file_descriptor(int number = -1) noexcept : number_{number} {}
    file_descriptor(file_descriptor&& o) noexcept : number_{std::exchange(o.number_, -1)} {}
    file_descriptor& operator=(file_descriptor&& o) noexcept {
        std::swap(number_, o.number_);
        return *this;
    }
    ~file_descriptor();
    int number() const noexcept { return number_; }
    explicit operator bool() const noexcept { return number_ >= 0; }

private:
    int number_;
};

/// The file in which a partition keeps its changes, in the order in which they were made.
///
/// A record is a header (the length and the checksum of what follows, and a checksum of those two)
/// and the change. An append is one `write`, so an acknowledged change survives the exit of its
/// process, and of the whole program; a power cut may lose changes that the system had not yet
/// written to the disk, since no append waits for that.
///
/// If the program ends during a `write`, the file ends with an unfinished record. It was never
/// acknowledged, so it is cut away, and `cut_away()` reports it. Any other invalid record is
/// damage, with valid records behind it perhaps: that is an error.
///
/// Errors: throws std::runtime_error that names the file, and the offset of damage.
/// Context: one owner.
class append_log {
public:
    /// What the log may do in between while it works for long.
    struct pauses {
        std::function<void()> give_way = {}; ///< after each record
        /// Runs a function that waits for the disk.
        std::function<void(const std::function<void()>&)> blocking = {};
    };
    struct options {
        bool must_exist = false; ///< else a missing file is created
        /// Bytes that are known to have been written. A shorter file was cut: that is damage.
        std::uint64_t at_least = 0;
        append_log::pauses pauses = {};
    };

    /// Opens the file and calls `replay` with each change in it.
    append_log(std::filesystem::path file, const std::function<void(change)>& replay)
        : append_log{std::move(file), replay, options{}} {}
    append_log(std::filesystem::path file,
               const std::function<void(change)>& replay,
               const options& o);

    void append(const std::vector<change>& changes);
    /// Removes the last `append`, or the last record that was there when it was opened. Once.
    void cut_last();
    /// Replaces the file by one that holds just these entries.
    ///
    /// Errors: as above, on a full disk for example. The log is unchanged then, and stays usable.
    void rewrite(const keyspace& entries);
    /// Whether the open file is still the one of this name, with all that was written.
    bool in_place() const;

    std::size_t records() const { return records_; }
    /// Units: bytes.
    std::uint64_t size() const { return size_; }
    /// Bytes of an unfinished record that were cut away when it was opened.
    std::size_t cut_away() const { return cut_away_; }
    /// The message about the cut, for the log.
    std::string about_cut() const;

private:
    std::size_t replay(const std::function<void(change)>& each);
    void cut_to(std::size_t good);
    void write_entries(const file_descriptor& to,
                       const std::filesystem::path& name,
                       const keyspace& entries) const;
    void give_way() const;
    void wait_for_disk(const std::function<void()>& work) const;
    [[noreturn]] void damaged(std::size_t offset) const;

    std::filesystem::path path_;
    append_log::pauses pauses_;
    file_descriptor file_;
    std::uint64_t size_ = 0;
    std::size_t records_ = 0;
    std::uint64_t last_ = 0; // where the last append begins
    std::size_t cut_away_ = 0;
    std::size_t cut_at_ = 0;
};

/// Syncs the entries of a directory to the disk.
/// Errors: throws std::runtime_error that names it.
void sync_directory(const std::filesystem::path& directory);

} // namespace key_value
