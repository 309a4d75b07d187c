// SPDX-License-Identifier: BSL-1.0
#include "data_directory.hpp"
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

namespace key_value {
namespace {

std::string last_error() { return std::generic_category().message(errno); }

void check_log(const std::filesystem::path& file, bool must_exist) {
    if (must_exist && !std::filesystem::exists(file))
        throw std::runtime_error{file.string() +
                                 " is missing. Put it back, or give up its keys with: touch " +
                                 file.string()};
    const append_log log{file, [](change) {}};
    if (log.cut_away() > 0)
        std::fprintf(stderr, "key_value_server: %s\n", log.about_cut().c_str());
}

} // namespace

data_directory::data_directory(const settings& s) : settings_{s} {
    std::error_code ec;
    std::filesystem::create_directories(s.data, ec);
    if (ec)
        refuse(ec.message());
    file_ = file_descriptor{
        ::open((s.data / "partitions").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644)};
    if (!file_)
        refuse(last_error());
    if (::flock(file_.number(), LOCK_EX | LOCK_NB) != 0)
        refuse("another server uses it");
}

void data_directory::check() const {
    const std::string known = read();
    if (!known.empty() && known != std::to_string(settings_.partitions))
        throw std::runtime_error{"the data in " + settings_.data.string() + " has " + known +
                                 " partitions: start with --partitions " + known};
    for (std::size_t i = 0; i < settings_.partitions; ++i)
        check_log(log_file(settings_, i), !known.empty());
    if (known.empty()) // the last thing: until now there was nothing to keep
        write(std::to_string(settings_.partitions) + '\n');
}

void data_directory::refuse(const std::string& why) const {
    throw std::runtime_error{"cannot keep data in " + settings_.data.string() + ": " + why +
                             " (choose another directory with --data)"};
}

std::string data_directory::read() const {
    char text[16];
    const ssize_t n = ::pread(file_.number(), text, sizeof text, 0);
    if (n < 0)
        refuse(last_error());
    const std::string_view all{text, static_cast<std::size_t>(n)};
    return std::string{all.substr(0, all.find('\n'))};
}

void data_directory::write(const std::string& text) const {
    const ssize_t n = ::pwrite(file_.number(), text.data(), text.size(), 0);
    if (n != static_cast<ssize_t>(text.size()))
        refuse(last_error());
}

} // namespace key_value
