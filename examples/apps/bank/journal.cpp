// SPDX-License-Identifier: BSL-1.0
#include "journal.hpp"
#include <cerrno>
#include <fcntl.h>
#include <fstream>
#include <sstream>
#include <system_error>
#include <unistd.h>

namespace bank {

namespace {

[[noreturn]] void fail(const char* what, const std::filesystem::path& file) {
    throw std::system_error{errno, std::generic_category(), what + file.string()};
}

void read(const std::filesystem::path& file, books& into) {
    std::ifstream in{file};
    std::ostringstream all;
    all << in.rdbuf();
    const std::string text = all.str();
    std::size_t at = 0;
    for (auto end = text.find('\n'); end != text.npos; end = text.find('\n', at)) {
        into.replay(std::string_view{text}.substr(at, end - at));
        at = end + 1;
    }
}

} // namespace

journal::journal(std::filesystem::path file, books& into) : path_{std::move(file)} {
    read(path_, into);
    const std::filesystem::path fresh = path_.string() + ".new";
    file_ = ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (file_ < 0)
        fail("cannot open the journal ", fresh);
    for (const std::string& line : into.lines())
        write(line);
    std::filesystem::rename(fresh, path_); // the old one is whole until here
}

journal::~journal() { ::close(file_); }

void journal::write(const std::string& line) const {
    const std::string text = line + '\n';
    if (::write(file_, text.data(), text.size()) != static_cast<ssize_t>(text.size()))
        fail("cannot write to the journal ", path_);
}

} // namespace bank
