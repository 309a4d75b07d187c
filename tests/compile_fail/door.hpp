// SPDX-License-Identifier: BSL-1.0
// The top of each mistake with a state machine: messages that a door may get.
#pragma once
#include <chrono>
#include <coppice/gen_statem.hpp>
#include <string>

using namespace coppice;

struct button {
    char digit;
};

struct knock {
    using reply = int;
};

struct ring {
    int n;
};
