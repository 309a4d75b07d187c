%% SPDX-License-Identifier: BSL-1.0
%% W13: how long calls take while others keep the CPUs busy.
-module(tails).
-export([tail/0]).

-define(WORKERS, 1_000).
-define(CLIENTS, 100).
-define(BUSY_PROCESSES, 4).
-define(SEEDS, 16).

tail() ->
    CallSteps = worker:steps_that_take(20),
    {Open, OpenUnits, OpenCalls} = beside_busy_processes(CallSteps, pause, 10_000),
    report_quantiles("call_", Open, from_call, [p50, p99, 'p99.9']),
    report_quantiles("due_", Open, from_due, [p50, p99, 'p99.9']),
    bench:report('W13', calls, OpenCalls, "1/s", maps:get(right, Open)),
    bench:report('W13', hog_units, OpenUnits, "1/s", maps:get(right, Open)),
    {Closed, ClosedUnits, ClosedCalls} = beside_busy_processes(CallSteps, no_pause, 10_000),
    report_quantiles("closed_loop_", Closed, from_call, [p50, p99, 'p99.9']),
    bench:report('W13', closed_loop_calls, ClosedCalls, "1/s", maps:get(right, Closed)),
    bench:report('W13', closed_loop_hog_units, ClosedUnits, "1/s", maps:get(right, Closed)),
    Long = beside_long_handler(CallSteps),
    report_quantiles("long_handler_", Long, from_call, [p99]),
    report_quantiles("long_handler_due_", Long, from_due, [p99]).

report_quantiles(Prefix, Seen, Which, Names) ->
    Sorted = maps:get(Which, Seen),
    [bench:report('W13', Prefix ++ atom_to_list(Name),
                  element(trunc(tuple_size(Sorted) * share(Name)) + 1, Sorted) / 1.0e6, ms,
                  maps:get(right, Seen)) || Name <- Names].

share(p50) -> 0.5;
share(p99) -> 0.99;
share('p99.9') -> 0.999.

beside_busy_processes(CallSteps, Pauses, LengthMs) ->
    Workers = start_workers(CallSteps),
    BusySteps = worker:steps_that_take(5_000),
    Units = counters:new(1, []),
    BusyProcesses = [spawn_link(fun() -> self() ! toil, busy(BusySteps, Units) end)
            || _ <- lists:seq(1, ?BUSY_PROCESSES)],
    W = bench:stopwatch(),
    Records = run_clients(Workers, CallSteps, Pauses, LengthMs),
    Rate = counters:get(Units, 1) / bench:seconds(W),
    Calls = length(maps:get(calls, Records)) / bench:seconds(W),
    [begin unlink(H), exit(H, kill) end || H <- BusyProcesses],
    {finish(Records, Workers), Rate, Calls}.

%% 5 ms of CPU a message, and it sends itself the next one before it ends.
busy(Steps, Units) ->
    receive
        toil ->
            worker:compute(1, Steps),
            counters:add(Units, 1, 1),
            self() ! toil,
            busy(Steps, Units)
    end.

beside_long_handler(CallSteps) ->
    Workers = start_workers(CallSteps),
    {ok, Burner} = worker:start(CallSteps),
    erlang:send_after(100, Burner,
                      {'$gen_cast', {burn, worker:steps_that_take(1_000_000), self()}}),
    Records = run_clients(Workers, CallSteps, pause, 1_100),
    receive {burnt, _} -> ok end,
    finish(Records, Workers).

start_workers(CallSteps) ->
    list_to_tuple([begin {ok, Pid} = worker:start(CallSteps), Pid end
                   || _ <- lists:seq(1, ?WORKERS)]).

%% All that the clients saw together.
run_clients(Workers, CallSteps, Pauses, LengthMs) ->
    Owner = self(),
    Answers = list_to_tuple([worker:compute(Seed, CallSteps) || Seed <- lists:seq(1, ?SEEDS)]),
    Until = bench:stopwatch() + LengthMs * 1_000_000,
    [spawn_link(fun() ->
                        rand:seed(exsss, Seed),
                        Owner ! {record, client(Workers, Answers, Pauses, Until, [], true)}
                end) || Seed <- lists:seq(1, ?CLIENTS)],
    Records = [receive {record, R} -> R end || _ <- lists:seq(1, ?CLIENTS)],
    #{calls => lists:append([Calls || {Calls, _} <- Records]),
      right => lists:all(fun({_, Right}) -> Right end, Records)}.

%% BEAM's timers count whole milliseconds, so the pauses do, too.
client(Workers, Answers, Pauses, Until, Calls, Right) ->
    Ms = case Pauses of pause -> rand:uniform(20) - 1; no_pause -> 0 end,
    Due = bench:stopwatch() + Ms * 1_000_000,
    Ms > 0 andalso receive after Ms -> ok end,
    Worker = element(rand:uniform(?WORKERS), Workers),
    Seed = rand:uniform(?SEEDS),
    Begun = bench:stopwatch(),
    Answer = gen_server:call(Worker, {work, Seed}, infinity),
    Now = bench:stopwatch(),
    NowCalls = [{Now - Begun, Now - Due} | Calls],
    NowRight = Answer =:= element(Seed, Answers) andalso Right,
    if
        Now >= Until -> {NowCalls, NowRight};
        true -> client(Workers, Answers, Pauses, Until, NowCalls, NowRight)
    end.

%% Right if the servers served as many calls as the clients made.
finish(#{calls := Calls, right := Right}, Workers) ->
    Served = lists:sum([gen_server:call(Pid, served, infinity) || Pid <- tuple_to_list(Workers)]),
    [gen_server:stop(Pid) || Pid <- tuple_to_list(Workers)],
    {FromCall, FromDue} = lists:unzip(Calls),
    #{from_call => list_to_tuple(lists:sort(FromCall)),
      from_due => list_to_tuple(lists:sort(FromDue)),
      right => Right andalso Calls =/= [] andalso Served =:= length(Calls)}.
