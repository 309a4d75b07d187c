// SPDX-License-Identifier: BSL-1.0
#pragma once
// Asio both ways: processes that wait for I/O, and Asio programs that ask servers. Opt-in: of our
// public headers only these include Asio.
#include <coppice/async_call.hpp>
#include <coppice/use_process.hpp>
