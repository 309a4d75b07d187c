# SPDX-License-Identifier: BSL-1.0
"""What each figure should be: the goal, and how many times better than BEAM, or Redis, in the same run."""

# (workload, figure): (goal in the figure's unit, at least so many times better than the baseline)
GOALS = {
    ("W1", "ns_per_call"): (60, 15),
    ("W1", "ns_per_call_from_thread"): (1000, None),
    ("W2", "ns_per_message"): (20, 7),
    ("W3", "ns_per_message"): (60, 7),
    ("W4", "ns_per_process"): (110, 14),
    ("W5", "bytes_per_server"): (256, 10),
    ("W5", "ns_per_start"): (250, 18),
    ("W6", "ns_per_hop"): (22, 10),
    ("W7", "seconds"): (0.35, 7),
    ("W8", "us_per_restart"): (3, 5),
    ("W9", "us_per_start"): (0.5, 9),
    ("W9", "us_per_stop"): (0.5, 20),
    ("W10", "ns_per_lookup"): (60, 7),
    ("W11", "us_per_process"): (0.2, 10),
    ("W12", "cpu_ns_per_timer"): (200, 9),
    ("W12", "lateness_p99_ms"): (2, None),
    ("W13", "call_p50"): (0.04, 1),
    ("W13", "call_p99"): (0.15, 1),
    ("W13", "call_p99.9"): (0.4, 1),
    ("W13", "due_p50"): (None, 1),
    ("W13", "due_p99"): (None, 1),
    ("W13", "due_p99.9"): (None, 1),
    ("W13", "closed_loop_p99"): (3, 1),
    ("W13", "long_handler_p99"): (5, None),
    ("W14", "set"): (None, 1),
    ("W14", "get"): (None, 1),
    ("W14", "set_pipelined"): (None, 0.7),
    ("W14", "get_pipelined"): (None, 0.7),
    ("W14", "set_on_all_processors"): (None, 1),
    ("W14", "get_on_all_processors"): (None, 1),
    ("W14", "set_pipelined_on_all_processors"): (None, 0.7),
    ("W14", "get_pipelined_on_all_processors"): (None, 0.7),
}
BASELINES = ("BEAM", "Redis")
