// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <array>
#include <cstddef>

// A stack that overflows runs into its guard page and ends the program. We say whose it was.
namespace coppice::detail {

/// When a runtime starts. What others do about SIGSEGV is done afterwards.
void install_overflow_reporter();

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
