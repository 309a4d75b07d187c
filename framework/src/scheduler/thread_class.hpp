// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <cstdint>
#include <string>

namespace coppice::detail {

/// What a thread of the runtime is there for.
///
/// Ordinary users may make a thread less important but never more so again; so threads keep their lane
/// and processes move between lanes.
enum class lane : std::uint8_t {
    normal, ///< most of the work: as many threads as asked for, one a core
    heavy,  ///< processes that take much processor time; the kernel pre-empts these threads
    spare,  ///< asleep until a handler holds a normal thread: takes over what may move
};

/// Gives the calling thread what its lane needs from the kernel: how nice it is, and how long it runs
/// in one go where the kernel lets a thread choose. What the kernel refuses stays as it is.
void enter_lane(lane l) noexcept;

/// For debuggers and tools: the calling thread's name, of which Linux keeps fifteen characters.
void name_thread(const std::string& name) noexcept;

} // namespace coppice::detail
