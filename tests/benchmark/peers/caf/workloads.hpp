// SPDX-License-Identifier: BSL-1.0
#pragma once

namespace benchmark {

void w1_call();
void w2_cast();
void w3_fan_in();
void w4_spawn();
void w5_idle();
void w6_ring();
void w7_skynet();
void w8_restart();
void w10_names();
void w11_links();

} // namespace benchmark
