// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <coppice.hpp>
struct hello {
    int n;
};
struct ask {
    int n;
    using reply = int;
};
struct srv {
    int sum = 0;
    void handle_cast(hello h) { sum += h.n; }
    int handle_call(ask a) { return sum + a.n; }
};
inline constexpr coppice::server_name<srv> the_srv{"srv"};
