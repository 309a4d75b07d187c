// SPDX-License-Identifier: BSL-1.0
#pragma once
#include "append_log.hpp"
#include "tree.hpp"

namespace key_value {

/// The directory of the logs, ours alone while this object lives.
///
/// It is locked, since two servers that append to the same logs would ruin them. In it is a file
/// `partitions` with the number of partitions, since with another number each key would be looked for
/// elsewhere. That file and the logs are made by the first start only, and are on the disk before a key
/// is. What is missing later was lost: to make it anew would turn its keys into none without a word.
///
/// Errors: throws std::runtime_error that names the directory or file and says what to do.
/// Context: a plain thread, before anything else uses the directory.
class data_directory {
public:
    /// Makes it if need be.
    explicit data_directory(const settings& s);

    /// Reads all logs once, so that damage is told before anything starts; at the first start, makes
    /// them. What was cut away is said on the standard error. `all` learns which transactions were
    /// kept that not all logs tell of.
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
