// SPDX-License-Identifier: BSL-1.0
#include "data_directory.hpp"
#include <algorithm>
#include <fcntl.h>
#include <fstream>
#include <map>
#include <set>
#include <sys/file.h>
#include <unistd.h>

namespace key_value {
namespace {

std::string last_error() { return std::generic_category().message(errno); }

void check_log(const std::filesystem::path& file, const std::function<void(change)>& see) {
    const append_log log{file, see, {.must_exist = true}};
    if (log.cut_away() > 0)
        std::fprintf(stderr, "key_value_server: %s\n", log.about_cut().c_str());
}

bool says_kept(const std::filesystem::path& file, const transaction_id& id) {
    bool found = false;
    const append_log log{
        file, [&](const change& c) { found |= c.what == change::kind::committed && c.key == id; }};
    return found;
}

/// The transactions that logs end with, undecided, by their partitions.
using undecided_ends = std::map<std::size_t, transaction_id>;

/// A transaction that any log records as kept was kept.
void find_kept(const undecided_ends& ends, const settings& s, transactions& all) {
    std::map<transaction_id, std::set<std::size_t>> missing;
    for (const auto& [partition, id] : ends)
        missing[id].insert(partition);
    for (const auto& [id, without] : missing)
        for (const std::size_t p : partitions_of(id))
            if (p < s.partitions && !without.contains(p) && says_kept(log_file(s, p), id)) {
                all.found(id, without);
                break;
            }
}

std::filesystem::path number_file(const settings& s) { return s.data / "partitions"; }

/// The first line; empty when there is none.
std::string read_line(const std::filesystem::path& file) {
    std::ifstream in{file};
    std::string line;
    std::getline(in, line);
    return line;
}

bool is_log(const std::filesystem::path& file) {
    const std::string name = file.filename().string();
    return name.starts_with("partition-") && file.extension() == ".log";
}

std::vector<std::filesystem::path> logs_in(const std::filesystem::path& directory) {
    std::vector<std::filesystem::path> logs;
    for (const auto& entry : std::filesystem::directory_iterator{directory})
        if (is_log(entry.path()))
            logs.push_back(entry.path());
    return logs;
}

/// Files that an earlier program left when it was ended while it wrote them.
void remove_unfinished(const std::filesystem::path& file) {
    std::error_code ignored;
    std::filesystem::remove(file.string() + ".new", ignored);
}

/// A power cut loses a new directory until its parent directory is on the disk.
void sync_parents(std::filesystem::path directory) {
    directory = std::filesystem::absolute(directory).lexically_normal();
    while (directory.has_relative_path()) {
        directory = directory.parent_path();
        try {
            sync_directory(directory);
        } catch (const std::runtime_error&) {
            return; // not the server's, so it was there before
        }
    }
}

} // namespace

data_directory::data_directory(const settings& s) : settings_{s} {
    std::error_code ec;
    const bool made = std::filesystem::create_directories(s.data, ec);
    if (ec)
        refuse(ec.message());
    if (made)
        sync_parents(s.data);
    directory_ = file_descriptor{::open(s.data.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    if (!directory_)
        refuse(last_error());
    if (::flock(directory_.number(), LOCK_EX | LOCK_NB) != 0)
        refuse("another server uses it");
}

void data_directory::check(transactions& all) const {
    remove_unfinished(number_file(settings_));
    for (std::size_t i = 0; i < settings_.partitions; ++i)
        remove_unfinished(log_file(settings_, i));
    const bool first = is_first_start();
    if (first)
        make_logs();
    else
        check_number(read_line(number_file(settings_)));
    undecided_ends ends;
    for (std::size_t i = 0; i < settings_.partitions; ++i)
        check_log(log_file(settings_, i), [&](const change& c) {
            if (c.what == change::kind::prepared)
                ends[i] = c.key;
            else if (c.what == change::kind::committed)
                ends.erase(i);
        });
    find_kept(ends, settings_, all);
    if (first) // the last step: a start that is interrupted before it is repeated as a first start
        write_number();
}

/// An interrupted first start leaves logs without a record.
bool data_directory::is_first_start() const {
    if (!read_line(number_file(settings_)).empty())
        return false;
    const auto logs = logs_in(settings_.data);
    return std::all_of(logs.begin(), logs.end(),
                       [](const auto& log) { return std::filesystem::file_size(log) == 0; });
}

void data_directory::check_number(const std::string& known) const {
    const std::string file = number_file(settings_).string();
    const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
    if (known.empty() || !std::all_of(known.begin(), known.end(), is_digit))
        throw std::runtime_error{
            file + (std::filesystem::exists(file) ? " holds no number" : " is missing") +
            ", but there are logs. Put it back, or write the number of partitions into it: echo " +
            std::to_string(logs_in(settings_.data).size()) + " > " + file};
    if (known != std::to_string(settings_.partitions))
        throw std::runtime_error{"the data in " + settings_.data.string() + " has " + known +
                                 " partitions: start with --partitions " + known};
}

void data_directory::make_logs() const {
    for (std::size_t i = 0; i < settings_.partitions; ++i) {
        const file_descriptor made{
            ::open(log_file(settings_, i).c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644)};
        if (!made && errno != EEXIST)
            refuse(last_error());
    }
    sync_directory(settings_.data);
}

void data_directory::write_number() const {
    const std::filesystem::path file = number_file(settings_);
    const std::string fresh = file.string() + ".new",
                      text = std::to_string(settings_.partitions) + '\n';
    const file_descriptor to{::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644)};
    const bool written =
        to && ::write(to.number(), text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
        ::fsync(to.number()) == 0 && ::rename(fresh.c_str(), file.c_str()) == 0;
    if (!written) {
        const std::string why = last_error();
        remove_unfinished(file);
        refuse(why);
    }
    sync_directory(settings_.data);
}

void data_directory::refuse(const std::string& why) const {
    throw std::runtime_error{"cannot keep data in " + settings_.data.string() + ": " + why +
                             " (choose another directory with --data)"};
}

} // namespace key_value
