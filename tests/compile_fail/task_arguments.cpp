// SPDX-License-Identifier: BSL-1.0
// A task whose function does not take its arguments.
// expect: coppice: the task's function cannot be called with these arguments (each is copied or moved into the new process)
#include <coppice/task.hpp>
#include <string>

int half(int n) { return n / 2; }

void f() { auto t = coppice::async_task(half, std::string{"x"}); }
