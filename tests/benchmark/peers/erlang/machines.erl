%% SPDX-License-Identifier: BSL-1.0
%% W17: events of a state machine. Each event is a change of state.
-module(machines).
-behaviour(gen_statem).
-export([events/0, init/1, callback_mode/0, locked/3, open/3]).

events() ->
    Events = 5_000_000,
    {ok, Machine} = gen_statem:start(?MODULE, [], []),
    W = bench:stopwatch(),
    push(Machine, Events),
    Seen = gen_statem:call(Machine, pushes, infinity),
    bench:report('W17', ns_per_event, bench:ns_each(W, Events), ns, Seen =:= Events).

push(_, 0) -> ok;
push(Machine, N) ->
    gen_statem:cast(Machine, push),
    push(Machine, N - 1).

callback_mode() -> state_functions.
init([]) -> {ok, locked, 0}.

locked(cast, push, Pushes) -> {next_state, open, Pushes + 1};
locked({call, From}, pushes, Pushes) -> {keep_state_and_data, {reply, From, Pushes}}.

open(cast, push, Pushes) -> {next_state, locked, Pushes + 1};
open({call, From}, pushes, Pushes) -> {keep_state_and_data, {reply, From, Pushes}}.
