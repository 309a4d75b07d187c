// SPDX-License-Identifier: BSL-1.0
// A stream whose function does not take an element of the range.
// expect: coppice: async_stream: the function takes one element of the range
#include <coppice/async_stream.hpp>
#include <string>

int length(std::string s) { return static_cast<int>(s.size()); }

void f(const std::vector<int>& numbers) {
    for (auto& r : coppice::async_stream(numbers, length))
        (void)r;
}
