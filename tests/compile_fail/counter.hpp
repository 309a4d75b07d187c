// SPDX-License-Identifier: BSL-1.0
// The top of each mistake: messages, a server that handles two of them, and its name.
#pragma once
#include <chrono>
#include <coppice.hpp>
#include <memory>
#include <string>

using namespace coppice;

struct add {
    int by;
};

struct sub {
    int by;
};

struct total {
    using reply = int;
};

struct other {
    using reply = int;
};

class counter {
public:
    explicit counter(int start) : n_{start} {}
    void handle_cast(add a) { n_ += a.by; }
    int handle_call(total) { return n_; }

private:
    int n_;
};

inline constexpr server_name<counter> the_counter{"counter"};
