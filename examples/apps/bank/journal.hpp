// SPDX-License-Identifier: BSL-1.0
#pragma once
#include "books.hpp"
#include <filesystem>
#include <string>

namespace bank {

/// The file in which each change of the books stands before its client is told. It outlives the
/// process that writes it, and the program.
///
/// Errors: std::system_error that names the file.
/// Context: one process at a time.
class journal {
public:
    /// Reads the books, and begins a new file with as few lines as they need. A last line without
    /// an end was not acknowledged, and is dropped.
    journal(std::filesystem::path file, books& into);
    journal(const journal&) = delete;
    journal& operator=(const journal&) = delete;
    ~journal();

    /// In one piece.
    void write(const std::string& line) const;

private:
    std::filesystem::path path_;
    int file_ = -1;
};

} // namespace bank
