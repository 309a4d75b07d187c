// SPDX-License-Identifier: BSL-1.0
#pragma once

// The workloads of docs/reference/workloads.md. Each reports its headline figure first.
namespace benchmark {

void w1_call();
void w2_cast();
void w3_fan_in();
void w4_spawn();
void w5_idle_servers();
void w6_ring();
void w7_skynet();
void w8_restart();
void w9_dynamic_children();
void w10_registry();
void w11_link_storm();
void w12_timers();
void w13_tail();
void w17_machine();
void w18_keys();
void w19_stream();
void w20_notify();
void io_under_load();

} // namespace benchmark
