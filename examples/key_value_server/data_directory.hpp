// SPDX-License-Identifier: BSL-1.0
#pragma once
#include "append_log.hpp"
#include "tree.hpp"

namespace key_value {

/// The directory of the logs, locked for this program while the object exists.
///
/// It is locked, since two servers that append to the same logs would corrupt them. Its file
/// `partitions` holds the number of partitions, since with another number each key would belong to
/// another partition. Only the first start creates that file and the logs, and they are on the disk
/// before any key is. A file that is missing later was lost: to create it again would drop its keys
/// without an error.
///
/// Errors: throws std::runtime_error that names the directory or file and says what to do.
/// Context: a plain thread, before anything else uses the directory.
class data_directory {
public:
    /// Creates the directory if necessary.
    explicit data_directory(const settings& s);

    /// Reads all logs once, so that damage is reported before a process starts; creates them at the
    /// first start. Reports on the standard error what was cut away. Adds to `all` the transactions
    /// that were kept, but not in all logs.
    void check(transactions& all) const;

private:
    bool is_first_start() const;
    void check_number(const std::string& known) const;
    void make_logs() const;
    void write_number() const;
    [[noreturn]] void refuse(const std::string& why) const;

    settings settings_;
    file_descriptor directory_;
};

} // namespace key_value
