// SPDX-License-Identifier: BSL-1.0
#include "append_log.hpp"
#include <algorithm>
#include <boost/crc.hpp>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <system_error>
#include <unistd.h>

namespace key_value {
namespace {

struct header {
    std::uint32_t length = 0; // of what follows the header
    std::uint32_t checksum = 0;
    std::uint32_t own_checksum =
        0; // so that a damaged length is not taken for an unfinished record
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
    return body.size() >= fixed_part && get<std::uint8_t>(body, 0) <= 2 &&
           get<std::uint32_t>(body, 1 + sizeof(milliseconds)) <= body.size() - fixed_part;
}

} // namespace

file_descriptor::~file_descriptor() {
    if (number_ >= 0)
        ::close(number_);
}

void append_log::fail(const char* what) const {
    const int why = errno;
    throw std::runtime_error{std::string{"cannot "} + what + ' ' + path_.string() + ": " +
                             std::generic_category().message(why)};
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

append_log::append_log(std::filesystem::path file, const std::function<void(change)>& replay)
    : path_{std::move(file)},
      file_{::open(path_.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0644)} {
    if (!file_)
        fail("open");
    std::ifstream in{path_, std::ios::binary};
    const auto size = static_cast<std::size_t>(std::filesystem::file_size(path_));
    std::size_t good = 0;
    std::string body;
    for (header h{}; size - good >= sizeof h; good += sizeof h + h.length) {
        if (!in.read(reinterpret_cast<char*>(&h), sizeof h))
            fail("read");
        if (h.own_checksum != checksum_of(h.length, h.checksum))
            damaged(good);
        if (size - good - sizeof h < h.length)
            break;
        body.resize(h.length);
        if (!in.read(body.data(), h.length))
            fail("read");
        if (checksum(body) != h.checksum || !is_whole(body))
            damaged(good);
        replay(decode(body));
        ++records_;
    }
    cut_at_ = good;
    cut_away_ = size - good;
    if (cut_away_ > 0 && ::ftruncate(file_.number(), static_cast<off_t>(good)) != 0)
        fail("repair");
}

void append_log::write_all(const file_descriptor& to, const std::string& bytes) const {
    for (std::size_t done = 0; done < bytes.size();) {
        const ssize_t n = ::write(to.number(), bytes.data() + done, bytes.size() - done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            fail("write to");
        done += static_cast<std::size_t>(n);
    }
}

void append_log::append(const std::vector<change>& changes) {
    if (changes.empty())
        return;
    std::string bytes;
    for (const change& c : changes)
        encode(bytes, c.what, c.key, c.value, c.expires);
    write_all(file_, bytes);
    records_ += changes.size();
}

void append_log::rewrite(const keyspace& entries) {
    std::filesystem::path fresh = path_;
    fresh += ".new";
    file_descriptor file{
        ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0644)};
    if (!file)
        fail("rewrite");
    std::string bytes;
    for (const auto& [key, e] : entries.all())
        encode(bytes, change::kind::set, key, e.value, e.expires);
    write_all(file, bytes);
    // Before the name moves: the old file is as good as gone then.
    if (::fsync(file.number()) != 0)
        fail("rewrite");
    std::filesystem::rename(fresh, path_);
    file_ = std::move(file);
    records_ = entries.all().size();
}

} // namespace key_value
