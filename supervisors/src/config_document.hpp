// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <coppice/detail/config_reader.hpp>
#include <memory>

namespace coppice::detail {

/// The configuration file and the environment of a program, and what is wrong in them.
///
/// Context: one thread at a time; it outlives its readers. It reads the file when it is made, and
/// the environment when it is asked.
class config_document {
public:
    /// `file`: TOML; empty: none. One that cannot be read, or is no TOML, is an error like others.
    config_document(const std::string& file, std::string environment_prefix);
    ~config_document();
    config_document(const config_document&) = delete;
    config_document& operator=(const config_document&) = delete;

    /// Notes each key at the top of the file that is not among these.
    void check_sections(const std::vector<std::string_view>& names);
    config_reader section(std::string_view name);

    /// Each a sentence, with its file and line; in the order in which they were found.
    const std::vector<std::string>& errors() const;

private:
    friend config_reader;
    struct parts;
    std::unique_ptr<parts> parts_;
};

} // namespace coppice::detail
