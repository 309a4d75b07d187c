// SPDX-License-Identifier: BSL-1.0
// A task that returns a reference into its own process.
// expect: coppice: a task returns void or a nothrow movable value (never a reference: it crosses processes)
#include <coppice/task.hpp>

int number;
int& reference() { return number; }

void f() { auto t = coppice::async_nolink(reference); }
