// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <coppice/testing.hpp>

/// Runs `body` as a process in virtual time, under several seeds.
template <class F>
void in_simulation(F body) {
    for (const std::uint64_t seed : coppice::testing::seeds(5)) {
        coppice::testing::simulation sim{seed};
        sim.run(body);
    }
}
