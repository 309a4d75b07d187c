// SPDX-License-Identifier: BSL-1.0
// The top of each mistake with sys: a server, its name, and a class that is not its own.
#pragma once
#include <coppice/gen_server.hpp>
#include <coppice/sys.hpp>
#include <variant>

using namespace coppice;

struct add {
    int by;
};

class counter {
public:
    void handle_cast(add a) { n += a.by; }
    int n = 0;
};

class ledger {
public:
    int n = 0;
};

inline constexpr server_name<counter> the_counter{"counter"};
