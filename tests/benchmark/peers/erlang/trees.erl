%% SPDX-License-Identifier: BSL-1.0
%% W8, W9: supervision trees.
-module(trees).
-behaviour(supervisor).
-export([restart/0, dynamic_children/0, bytes_with_supervision_and_name/0, init/1]).

restart() ->
    Crashes = 20_000,
    First = 1_000,
    {ok, _} = supervisor:start_link(?MODULE, one_for_one),
    1 = call_when_back(),
    W = bench:stopwatch(),
    RightFirst = crash(First, true),
    FirstUs = bench:ns_each(W, First) / 1000,
    Right = crash(Crashes - First, RightFirst),
    bench:report('W8', us_per_restart, bench:ns_each(W, Crashes) / 1000, us, Right),
    bench:report('W8', us_per_restart_first_1000, FirstUs, us, Right).

crash(0, Right) -> Right;
crash(N, Right) ->
    gen_server:cast(w8_counter, fail),
    crash(N - 1, call_when_back() =:= 1 andalso Right).

%% Calls until the restarted server answers.
call_when_back() ->
    try gen_server:call(w8_counter, {add, 1})
    catch exit:_ ->
        erlang:yield(),
        call_when_back()
    end.

dynamic_children() ->
    Children = 100_000,
    {ok, Tree} = supervisor:start_link(?MODULE, dynamic),
    W = bench:stopwatch(),
    start_children(Tree, Children),
    StartUs = bench:ns_each(W, Children) / 1000,
    Right = proplists:get_value(active, supervisor:count_children(Tree)) =:= Children,
    unlink(Tree),
    Monitor = monitor(process, Tree),
    Stopping = bench:stopwatch(),
    exit(Tree, shutdown),
    receive {'DOWN', Monitor, process, Tree, shutdown} -> ok end,
    StopUs = bench:ns_each(Stopping, Children) / 1000,
    bench:report('W9', us_per_start, StartUs, us, Right),
    bench:report('W9', us_per_stop, StopUs, us, Right).

start_children(_, 0) -> ok;
start_children(Tree, N) ->
    {ok, _} = supervisor:start_child(Tree, []),
    start_children(Tree, N - 1).

%% Beside W5: what a server takes when it also has a supervisor, or a name.
bytes_with_supervision_and_name() ->
    N = 100_000,
    {ok, Tree} = supervisor:start_link(?MODULE, dynamic),
    Before = bench:resident_bytes(),
    start_children(Tree, N),
    Supervised = bench:resident_bytes() - Before,
    Names = [list_to_atom("name " ++ integer_to_list(I)) || I <- lists:seq(1, N)],
    BeforeNames = bench:resident_bytes(),
    [{ok, _} = counter:start_link(Name) || Name <- Names],
    Named = bench:resident_bytes() - BeforeNames,
    bench:report('W5', bytes_per_supervised_server, Supervised / N, 'B', true),
    bench:report('W5', bytes_per_named_server, Named / N, 'B', true).

init(one_for_one) ->
    {ok, {#{strategy => one_for_one, intensity => 1_000_000, period => 1},
          [#{id => counter, start => {counter, start_link, [w8_counter]}}]}};
init(dynamic) ->
    {ok, {#{strategy => simple_one_for_one},
          [#{id => counter, start => {counter, start_link, []}}]}}.
