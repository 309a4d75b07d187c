// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <array>
#include <coppice/pid.hpp>
#include <cstddef>
#include <string_view>

// A stack that overflows runs into its guard page and ends the program. We say whose it was.
namespace coppice::detail {

class name_reader;
/// The name under which a process is registered. Async-signal-safe.
using name_lookup = std::string_view (*)(pid, const name_reader&) noexcept;

/// When a runtime starts. What others do about SIGSEGV is done afterwards.
void install_overflow_reporter(name_lookup name_of);

/// Where this thread handles the signal: not on the stack that is full. Does nothing on a thread
/// that has such a stack already.
class signal_stack {
public:
    signal_stack();
    signal_stack(const signal_stack&) = delete;
    signal_stack& operator=(const signal_stack&) = delete;
    ~signal_stack();

private:
    bool ours_ = false;
    std::array<std::byte, 64 * 1024> room_;
};

} // namespace coppice::detail
