%% SPDX-License-Identifier: BSL-1.0
%% The workloads of docs/reference/workloads.md on Erlang/OTP: `erl -s bench main W1`.
-module(bench).
-export([main/1, report/5, stopwatch/0, ns_each/2, seconds/1, resident_bytes/0]).

main([Workload]) ->
    logger:set_primary_config(level, none),
    persistent_term:put(all_checked, true),
    case lists:keyfind(Workload, 1, workloads()) of
        {_, Run} ->
            run(Run),
            halt(case persistent_term:get(all_checked) of true -> 0; false -> 1 end);
        false ->
            io:format(standard_error, "bench: there is no workload ~s~n", [Workload]),
            halt(2)
    end.

workloads() ->
    [{'W1', fun messages:call/0},
     {'W2', fun messages:cast/0},
     {'W3', fun messages:fan_in/0},
     {'W4', fun lives:spawn_exit/0},
     {'W5', fun lives:idle_servers/0},
     {'W6', fun messages:ring/0},
     {'W7', fun lives:skynet/0},
     {'W8', fun trees:restart/0},
     {'W9', fun trees:dynamic_children/0},
     {'W10', fun lookups:registry/0},
     {'W11', fun lives:link_storm/0},
     {'W12', fun lookups:timers/0},
     {'W13', fun tails:tail/0},
     {'W17', fun machines:events/0},
     {'W20', fun events:notify/0}].

%% In a process of its own: the one that erl calls us in has a mailbox and a heap with a past.
run(Run) ->
    {Pid, Monitor} = spawn_monitor(Run),
    receive
        {'DOWN', Monitor, process, Pid, normal} -> ok;
        {'DOWN', Monitor, process, Pid, Reason} ->
            io:format(standard_error, "bench: ~p~n", [Reason]),
            halt(1)
    end.

%% Prints one JSON line. A result that is not right makes the program end with a failure.
report(Workload, Figure, Value, Unit, Checked) ->
    Checked orelse persistent_term:put(all_checked, false),
    Number = float_to_list(float(Value), [{decimals, 4}, compact]),
    io:format("{\"workload\":\"~s\",\"figure\":\"~s\",\"value\":~s,\"unit\":\"~s\",\"checked\":~s}~n",
              [Workload, Figure, Number, Unit, Checked]).

stopwatch() -> erlang:monotonic_time(nanosecond).
ns_each(Start, N) -> (stopwatch() - Start) / N.
seconds(Start) -> (stopwatch() - Start) / 1.0e9.

resident_bytes() ->
    {ok, Text} = file:read_file("/proc/self/statm"),
    [_Size, Pages | _] = string:lexemes(Text, " "),
    binary_to_integer(Pages) * 4096.
