// SPDX-License-Identifier: BSL-1.0
#include "append_log.hpp"
#include <algorithm>
#include <boost/crc.hpp>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <system_error>
#include <unistd.h>

namespace key_value {
namespace {

struct header {
    std::uint32_t length = 0; // of the data after the header
    std::uint32_t checksum = 0;
    std::uint32_t own_checksum = 0; // tells a damaged length from an unfinished record
};

std::uint32_t checksum(std::string_view bytes) {
    boost::crc_32_type crc;
    crc.process_bytes(bytes.data(), bytes.size());
    return crc.checksum();
}

std::uint32_t checksum_of(std::uint32_t length, std::uint32_t body_checksum) {
    const std::uint32_t both[]{length, body_checksum};
    return checksum({reinterpret_cast<const char*>(both), sizeof both});
}

template <class T>
void put(std::string& out, T value) {
    char bytes[sizeof(T)];
    std::memcpy(bytes, &value, sizeof(T));
    out.append(bytes, sizeof(T));
}
template <class T>
T get(std::string_view in, std::size_t at) {
    T value;
    std::memcpy(&value, in.data() + at, sizeof(T));
    return value;
}

constexpr std::size_t fixed_part = 1 + sizeof(milliseconds) + sizeof(std::uint32_t);

void encode(std::string& out,
            change::kind what,
            std::string_view key,
            std::string_view value,
            milliseconds expires) {
    const std::size_t length = fixed_part + key.size() + value.size();
    const std::size_t start = out.size();
    if (out.capacity() - start < sizeof(header) + length) // values may be large: copy them once
        out.reserve(std::max(start + sizeof(header) + length, 2 * start));
    put(out, header{});
    put(out, static_cast<std::uint8_t>(what));
    put(out, expires);
    put(out, static_cast<std::uint32_t>(key.size()));
    out.append(key).append(value);
    header h{.length = static_cast<std::uint32_t>(length),
             .checksum = checksum(std::string_view{out}.substr(start + sizeof(header)))};
    h.own_checksum = checksum_of(h.length, h.checksum);
    std::memcpy(out.data() + start, &h, sizeof h);
}

change decode(std::string_view body) {
    const auto key_size = get<std::uint32_t>(body, 1 + sizeof(milliseconds));
    return {static_cast<change::kind>(get<std::uint8_t>(body, 0)),
            std::string{body.substr(fixed_part, key_size)},
            std::string{body.substr(fixed_part + key_size)}, get<milliseconds>(body, 1)};
}

bool is_whole(std::string_view body) {
    return body.size() >= fixed_part && get<std::uint8_t>(body, 0) <= 5 &&
           get<std::uint32_t>(body, 1 + sizeof(milliseconds)) <= body.size() - fixed_part;
}

[[noreturn]] void fail(const char* what, const std::filesystem::path& file, int why = errno) {
    throw std::runtime_error{std::string{"cannot "} + what + ' ' + file.string() + ": " +
                             std::generic_category().message(why)};
}

void write_all(const file_descriptor& to,
               const std::string& bytes,
               const std::filesystem::path& file) {
    for (std::size_t done = 0; done < bytes.size();) {
        const ssize_t n = ::write(to.number(), bytes.data() + done, bytes.size() - done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            fail("write to", file);
        done += static_cast<std::size_t>(n);
    }
}

/// A temporary file, removed unless it gets its final name.
class new_file {
public:
    explicit new_file(std::filesystem::path target) : target_{std::move(target)}, path_{target_} {
        path_ += ".new";
        file_ = file_descriptor{
            ::open(path_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0644)};
        if (!file_)
            fail("open", path_);
    }
    new_file(const new_file&) = delete;
    new_file& operator=(const new_file&) = delete;
    ~new_file() {
        if (file_)
            ::unlink(path_.c_str());
    }

    const file_descriptor& file() const { return file_; }
    const std::filesystem::path& path() const { return path_; }

    /// Renames the file. It replaces the old file, so it must be on the disk before.
    void replace() {
        if (::fsync(file_.number()) != 0)
            fail("write to", path_);
        if (::rename(path_.c_str(), target_.c_str()) != 0)
            fail("rename", path_);
    }
    file_descriptor take() && { return std::move(file_); }

private:
    std::filesystem::path target_;
    std::filesystem::path path_;
    file_descriptor file_;
};

/// A rewrite that cannot succeed would take the last room of the disk from other writers.
void check_room(const std::filesystem::path& file, std::uint64_t bytes) {
    struct statvfs disk {};
    if (::statvfs(file.c_str(), &disk) == 0 && disk.f_frsize > 0 &&
        disk.f_bavail < bytes / disk.f_frsize + 1)
        fail("write to", file, ENOSPC);
}

constexpr std::size_t written_at_once = 256 * 1024;

} // namespace

void sync_directory(const std::filesystem::path& directory) {
    const file_descriptor d{
        ::open(directory.empty() ? "." : directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    // Some file systems cannot sync, and answer EINVAL.
    if (!d || (::fsync(d.number()) != 0 && errno != EINVAL))
        fail("write to", directory);
}

file_descriptor::~file_descriptor() {
    if (number_ >= 0)
        ::close(number_);
}

void append_log::damaged(std::size_t offset) const {
    const std::string file = path_.string(), at = std::to_string(offset);
    throw std::runtime_error{file + " is damaged at offset " + at +
                             ": no valid record begins there. Nothing was changed. Put back a good "
                             "copy, or give up what follows with: truncate -s " +
                             at + ' ' + file};
}

std::string append_log::about_cut() const {
    return path_.string() + ": cut away the unfinished last record, " + std::to_string(cut_away_) +
           " bytes at offset " + std::to_string(cut_at_);
}

namespace {
file_descriptor open_log(const std::filesystem::path& path, const append_log::options& o) {
    const std::string file = path.string();
    const int may_make = o.must_exist ? 0 : O_CREAT;
    file_descriptor f{::open(path.c_str(), O_RDWR | O_APPEND | O_CLOEXEC | may_make, 0644)};
    if (!f && errno == ENOENT && o.must_exist)
        throw std::runtime_error{
            file + " is missing. Put it back, or give up its keys with: touch " + file};
    if (!f)
        fail("open", path);
    return f;
}

std::uint64_t size_of(const file_descriptor& f, const std::filesystem::path& path) {
    struct stat s {};
    if (::fstat(f.number(), &s) != 0)
        fail("read", path);
    return static_cast<std::uint64_t>(s.st_size);
}
} // namespace

append_log::append_log(std::filesystem::path file,
                       const std::function<void(change)>& each,
                       const options& o)
    : path_{std::move(file)},
      pauses_{o.pauses},
      file_{open_log(path_, o)},
      size_{size_of(file_, path_)} {
    if (size_ < o.at_least)
        throw std::runtime_error{path_.string() +
                                 " was cut while the server ran: " + std::to_string(o.at_least) +
                                 " bytes were written, and " + std::to_string(size_) +
                                 " are there. Put back a good copy, or start the server again to "
                                 "give up what is missing"};
    cut_to(replay(each));
}

std::size_t append_log::replay(const std::function<void(change)>& each) {
    std::ifstream in{path_, std::ios::binary};
    const std::size_t size = size_;
    std::size_t good = 0;
    std::string body;
    for (header h{}; size - good >= sizeof h; good += sizeof h + h.length) {
        if (!in.read(reinterpret_cast<char*>(&h), sizeof h))
            fail("read", path_);
        if (h.own_checksum != checksum_of(h.length, h.checksum))
            damaged(good);
        if (size - good - sizeof h < h.length)
            break;
        body.resize(h.length);
        if (!in.read(body.data(), h.length))
            fail("read", path_);
        if (checksum(body) != h.checksum || !is_whole(body))
            damaged(good);
        each(decode(body));
        ++records_;
        last_ = good;
        give_way();
    }
    return good;
}

void append_log::cut_to(std::size_t good) {
    cut_at_ = good;
    cut_away_ = size_ - good;
    if (cut_away_ > 0 && ::ftruncate(file_.number(), static_cast<off_t>(good)) != 0)
        fail("repair", path_);
    size_ = good;
}

void append_log::give_way() const {
    if (pauses_.give_way)
        pauses_.give_way();
}

void append_log::wait_for_disk(const std::function<void()>& work) const {
    if (pauses_.blocking)
        pauses_.blocking(work);
    else
        work();
}

bool append_log::in_place() const {
    struct stat named {
    }, ours{};
    return ::stat(path_.c_str(), &named) == 0 && ::fstat(file_.number(), &ours) == 0 &&
           named.st_ino == ours.st_ino && named.st_dev == ours.st_dev &&
           static_cast<std::uint64_t>(ours.st_size) >= size_;
}

void append_log::append(const std::vector<change>& changes) {
    if (changes.empty())
        return;
    std::string bytes;
    for (const change& c : changes)
        encode(bytes, c.what, c.key, c.value, c.expires);
    write_all(file_, bytes, path_);
    records_ += changes.size();
    last_ = std::exchange(size_, size_ + bytes.size());
}

void append_log::cut_last() {
    if (::ftruncate(file_.number(), static_cast<off_t>(last_)) != 0)
        fail("cut", path_);
    size_ = last_;
    --records_;
}

void append_log::rewrite(const keyspace& entries) {
    std::uint64_t size = 0;
    for (const auto& [key, e] : entries.all())
        size += sizeof(header) + fixed_part + key.size() + e.value.size();
    check_room(path_, size);
    new_file fresh{path_};
    write_entries(fresh.file(), fresh.path(), entries);
    wait_for_disk([&] { fresh.replace(); });
    file_ = std::move(fresh).take();
    records_ = entries.all().size();
    size_ = size;
    wait_for_disk([&] { sync_directory(path_.parent_path()); });
}

void append_log::write_entries(const file_descriptor& to,
                               const std::filesystem::path& name,
                               const keyspace& entries) const {
    std::string bytes;
    for (const auto& [key, e] : entries.all()) {
        encode(bytes, change::kind::set, key, e.value, e.expires);
        if (bytes.size() >= written_at_once) {
            write_all(to, bytes, name);
            bytes.clear();
        }
        give_way();
    }
    write_all(to, bytes, name);
}

} // namespace key_value
