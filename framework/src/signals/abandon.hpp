// SPDX-License-Identifier: BSL-1.0
#pragma once

// A process whose stack ends in std::terminate: an exception, its exit among them, met a frame that
// cannot be unwound, a destructor or a noexcept function; or the code called std::terminate itself.
//
// The terminate handler may not return, and the frames above it cannot be unwound. But it may
// switch to another stack and never come back. So it leaves this one as it is, for ever, and
// another stack ends the process: names, mail, links and monitors are dealt with as at any end.
// What stands on the stack that is left, and the server's object, is never destroyed: memory is
// lost, and a mutex that was held stays held.
namespace coppice::detail {

/// When a runtime starts. What was installed before decides about all other threads, and stacks.
void install_terminate_handler();

} // namespace coppice::detail
