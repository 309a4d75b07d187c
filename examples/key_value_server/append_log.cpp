// SPDX-License-Identifier: BSL-1.0
#include "append_log.hpp"
#include <boost/crc.hpp>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <system_error>
#include <unistd.h>

namespace key_value {
namespace {

struct header {
    std::uint32_t length; // of what follows the header
    std::uint32_t checksum;
};

std::uint32_t checksum(std::string_view bytes) {
    boost::crc_32_type crc;
    crc.process_bytes(bytes.data(), bytes.size());
    return crc.checksum();
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
    std::string body;
    body.reserve(fixed_part + key.size() + value.size());
    put(body, static_cast<std::uint8_t>(what));
    put(body, expires);
    put(body, static_cast<std::uint32_t>(key.size()));
    body.append(key).append(value);
    put(out, header{static_cast<std::uint32_t>(body.size()), checksum(body)});
    out += body;
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

void append_log::fail(const char* what) const {
    throw std::system_error{errno, std::generic_category(),
                            std::string{"cannot "} + what + ' ' + path_.string()};
}

append_log::append_log(std::filesystem::path file, const std::function<void(change)>& replay)
    : path_{std::move(file)} {
    file_ = ::open(path_.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    if (file_ < 0)
        fail("open");
    std::ifstream in{path_, std::ios::binary};
    std::size_t good = 0;
    std::string body;
    for (header h; in.read(reinterpret_cast<char*>(&h), sizeof h);) {
        body.resize(h.length);
        if (!in.read(body.data(), h.length) || checksum(body) != h.checksum || !is_whole(body))
            break;
        replay(decode(body));
        good += sizeof h + h.length;
        ++records_;
    }
    const auto size = static_cast<std::size_t>(std::filesystem::file_size(path_));
    cut_away_ = size - good;
    if (cut_away_ > 0 && ::ftruncate(file_, static_cast<off_t>(good)) != 0)
        fail("repair");
}

append_log::~append_log() {
    if (file_ >= 0)
        ::close(file_);
}

void append_log::write_all(int file, const std::string& bytes) {
    for (std::size_t done = 0; done < bytes.size();) {
        const ssize_t n = ::write(file, bytes.data() + done, bytes.size() - done);
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
    const int file =
        ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0644);
    if (file < 0)
        fail("rewrite");
    std::string bytes;
    for (const auto& [key, e] : entries.all())
        encode(bytes, change::kind::set, key, e.value, e.expires);
    write_all(file, bytes);
    ::fsync(file); // before the name moves: the old file is as good as gone then
    std::filesystem::rename(fresh, path_);
    ::close(file_);
    file_ = file;
    records_ = entries.all().size();
}

} // namespace key_value
