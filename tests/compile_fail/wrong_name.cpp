// SPDX-License-Identifier: BSL-1.0
// A child under the name of another server class.
// expect: coppice: this name is for another server class
#include "counter.hpp"

class bad {};

auto f() { return child<bad>(the_counter); }
