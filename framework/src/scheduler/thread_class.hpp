// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <cstdint>
#include <string>

namespace coppice::detail {

/// What a thread of the runtime is there for.
///
/// Ordinary users may make a thread less important but never more so again; so threads keep their
/// class and processes move.
enum class thread_class : std::uint8_t {
    normal,       ///< most of the work: as many threads as asked for, one a core
    low_priority, ///< processes that take much processor time; the kernel pre-empts these threads
    standby,      ///< asleep until a handler holds a normal thread: takes over what may move
};

/// Gives the calling thread what its class needs from the kernel: how nice it is, and how long it
/// runs in one go where the kernel lets a thread choose. What the kernel refuses stays as it is.
void enter_class(thread_class k) noexcept;

/// For debuggers and tools: the calling thread's name, of which Linux keeps fifteen characters.
void name_thread(const std::string& name) noexcept;

} // namespace coppice::detail
