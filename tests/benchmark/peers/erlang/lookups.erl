%% SPDX-License-Identifier: BSL-1.0
%% W10, W12: names and timers.
-module(lookups).
-export([registry/0, timers/0]).

%% A minimal generator, so that it is the lookup that is measured.
next(Random) -> (Random * 48271) rem 2147483647.

registry() ->
    Names = 100_000,
    Lookups = 10_000_000,
    All = list_to_tuple([begin
                             Name = list_to_atom("name " ++ integer_to_list(I)),
                             {ok, _} = counter:start_link(Name),
                             Name
                         end || I <- lists:seq(1, Names)]),
    {One, Right} = look_up(All, Lookups, 1),
    bench:report('W10', ns_per_lookup, One * 1.0e9 / Lookups, ns, Right),
    Owner = self(),
    [spawn_link(fun() -> Owner ! {finished, look_up(All, Lookups, Seed)} end) || Seed <- [2, 3]],
    {A, RightA} = receive {finished, First} -> First end,
    {B, RightB} = receive {finished, Second} -> Second end,
    bench:report('W10', ns_per_lookup_two_readers, max(A, B) * 1.0e9 / (2 * Lookups), ns,
                 RightA andalso RightB).

look_up(All, Lookups, Seed) ->
    W = bench:stopwatch(),
    Right = look_up(All, tuple_size(All), Lookups, next(Seed), true),
    {bench:seconds(W), Right}.

look_up(_, _, 0, _, Right) -> Right;
look_up(All, Size, N, Random, Right) ->
    Found = whereis(element(Random rem Size + 1, All)),
    look_up(All, Size, N - 1, next(Random), is_pid(Found) andalso Right).

timers() ->
    Timers = 1_000_000,
    Owner = self(),
    Receiver = spawn_link(fun() ->
        Late = receive_ticks(Timers, []),
        Owner ! all_came,
        Owner ! {late, list_to_tuple(lists:sort(Late))}
    end),
    statistics(runtime),
    set_timers(Receiver, Timers, next(1)),
    receive all_came -> ok end,
    {_, CpuMs} = statistics(runtime),
    Sorted = receive {late, Tuple} -> Tuple end,
    Right = tuple_size(Sorted) =:= Timers andalso element(1, Sorted) >= 0,
    bench:report('W12', cpu_ns_per_timer, CpuMs * 1.0e6 / Timers, ns, Right),
    bench:report('W12', lateness_p50_ms, element(Timers div 2 + 1, Sorted) / 1.0e6, ms, Right),
    bench:report('W12', lateness_p99_ms, element(Timers * 99 div 100 + 1, Sorted) / 1.0e6, ms, Right).

%% BEAM's timers count whole milliseconds.
set_timers(_, 0, _) -> ok;
set_timers(Receiver, N, Random) ->
    Ms = Random rem 2_000,
    Due = bench:stopwatch() + Ms * 1_000_000,
    erlang:send_after(Ms, Receiver, {tick, Due}),
    set_timers(Receiver, N - 1, next(Random)).

receive_ticks(0, Late) -> Late;
receive_ticks(N, Late) ->
    receive {tick, Due} -> receive_ticks(N - 1, [bench:stopwatch() - Due | Late]) end.
