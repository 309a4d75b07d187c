// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <cstdint>
#include <cstring>
#include <string_view>

namespace coppice::detail {

/// A text of sixteen bytes that never changes and never moves: up to fifteen characters lie in it,
/// more are on the heap. A name is mostly that short, and half a cache line then holds all that is
/// known of it.
class name_text {
public:
    explicit name_text(std::string_view s) {
        if (s.size() <= most_here) {
            s.copy(bytes_, s.size());
            bytes_[most_here] = static_cast<char>(s.size());
            return;
        }
        const far f{.text = new char[s.size()], .size = s.size()};
        s.copy(f.text, s.size());
        std::memcpy(bytes_, &f.text, sizeof f.text);
        std::memcpy(bytes_ + sizeof f.text, &f.size, most_here - sizeof f.text);
        bytes_[most_here] = is_far;
    }
    ~name_text() {
        if (bytes_[most_here] == is_far)
            delete[] get_far().text;
    }
    name_text(const name_text&) = delete;
    name_text& operator=(const name_text&) = delete;

    std::string_view view() const noexcept {
        const char size = bytes_[most_here];
        if (size != is_far)
            return {bytes_, static_cast<std::size_t>(size)};
        const far f = get_far();
        return {f.text, f.size};
    }

private:
    static constexpr std::size_t most_here = 15;
    static constexpr char is_far = 127; // in the last byte, instead of the length

    struct far {
        char* text;
        std::size_t size; // seven bytes of it are kept
    };
    far get_far() const noexcept {
        far f{};
        std::memcpy(&f.text, bytes_, sizeof f.text);
        std::memcpy(&f.size, bytes_ + sizeof f.text, most_here - sizeof f.text);
        return f;
    }

    char bytes_[most_here + 1] = {};
};

} // namespace coppice::detail
