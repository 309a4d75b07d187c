// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <atomic>
#include <cstddef>
#include <string>
#include <typeinfo>

namespace coppice::detail {

/// Who knows where exceptions were thrown. A program that links coppice::throw_trace has one.
struct throw_sites {
    /// Stores the frames that stood on the stack when this object was thrown, innermost first, and
    /// returns how many; 0 when that is not known any more. On the throwing thread.
    std::size_t (*find)(const void* object,
                        const std::type_info& type,
                        const void** frames,
                        std::size_t most) noexcept;
    /// A frame a line, `function (file:line)`. Slow at first: it reads the program's symbols.
    std::string (*text)(const void* const* frames, std::size_t count);
};
inline constinit std::atomic<const throw_sites*> known_throw_sites{nullptr};

inline constexpr std::size_t most_frames = 48;

} // namespace coppice::detail
