// SPDX-License-Identifier: BSL-1.0
#pragma once
#include "append_log.hpp"
#include "tree.hpp"

namespace key_value {

/// The directory of the logs, ours alone while this object lives.
///
/// In it is a file `partitions`. It is locked, since two servers that append to the same logs would
/// ruin them. In it stands the number of partitions, since with another number each key would be
/// looked for elsewhere.
///
/// Errors: throws std::runtime_error that names the directory or file and says what to do.
/// Context: a plain thread, before anything else uses the directory.
class data_directory {
public:
    /// Makes it if need be.
    explicit data_directory(const settings& s);

    /// Reads all logs once, so that damage is told before anything starts. What was cut away is said
    /// on the standard error.
    void check() const;

private:
    [[noreturn]] void refuse(const std::string& why) const;
    std::string read() const;
    void write(const std::string& text) const;

    settings settings_;
    file_descriptor file_;
};

} // namespace key_value
