%% SPDX-License-Identifier: BSL-1.0
%% W4, W5, W7, W11: processes that begin and end.
-module(lives).
-export([spawn_exit/0, idle_servers/0, skynet/0, link_storm/0]).

spawn_exit() ->
    Processes = 1_000_000,
    AtOnce = 10_000,
    Owner = self(),
    W = bench:stopwatch(),
    Body = fun() -> Owner ! ended end,
    [spawn(Body) || _ <- lists:seq(1, AtOnce)],
    spawn_rest(Body, Processes - AtOnce),
    [receive ended -> ok end || _ <- lists:seq(1, AtOnce)],
    bench:report('W4', ns_per_process, bench:ns_each(W, Processes), ns, true).

%% One comes when one has gone.
spawn_rest(_, 0) -> ok;
spawn_rest(Body, N) ->
    receive ended -> ok end,
    spawn(Body),
    spawn_rest(Body, N - 1).

idle_servers() ->
    Servers = 1_000_000,
    erlang:garbage_collect(),
    Before = bench:resident_bytes(),
    W = bench:stopwatch(),
    All = start(Servers, []),
    Ns = bench:ns_each(W, Servers),
    erlang:garbage_collect(), % leaves the list of pids, 16 bytes each; it is not the servers'
    Idle = bench:resident_bytes() - Before - Servers * 16,
    Answered = lists:foldl(fun(S, Sum) -> Sum + gen_server:call(S, {add, 1}) end, 0, All),
    Called = bench:resident_bytes() - Before - Servers * 16,
    Right = Answered =:= Servers,
    bench:report('W5', bytes_per_server, Idle / Servers, 'B', Right),
    bench:report('W5', ns_per_start, Ns, ns, Right),
    bench:report('W5', bytes_per_server_after_a_call, Called / Servers, 'B', Right),
    trees:bytes_with_supervision_and_name().

start(0, All) -> All;
start(N, All) ->
    {ok, Server} = counter:start(),
    start(N - 1, [Server | All]).

skynet() ->
    Owner = self(),
    W = bench:stopwatch(),
    spawn(fun() -> node(Owner, 0, 1_000_000) end),
    Total = receive {sum, Sum} -> Sum end,
    bench:report('W7', seconds, bench:seconds(W), s, Total =:= 499_999_500_000).

%% A leaf says its number; a node says what its ten children say together.
node(Parent, First, 1) -> Parent ! {sum, First};
node(Parent, First, Leaves) ->
    Each = Leaves div 10,
    Me = self(),
    [spawn(fun() -> node(Me, First + I * Each, Each) end) || I <- lists:seq(0, 9)],
    Parent ! {sum, lists:sum([receive {sum, Sum} -> Sum end || _ <- lists:seq(1, 10)])}.

link_storm() ->
    Linked = 100_000,
    Owner = self(),
    Center = spawn(fun() -> receive fail -> error(x) end end),
    [spawn_monitor(fun() ->
                           link(Center),
                           Owner ! linked,
                           receive never -> ok end
                   end) || _ <- lists:seq(1, Linked)],
    [receive linked -> ok end || _ <- lists:seq(1, Linked)],
    W = bench:stopwatch(),
    Center ! fail,
    Crashed = [receive {'DOWN', _, process, _, {x, _}} -> dead end || _ <- lists:seq(1, Linked)],
    Us = bench:ns_each(W, Linked) / 1000,
    bench:report('W11', us_per_process, Us, us, length(Crashed) =:= Linked).
