%% SPDX-License-Identifier: BSL-1.0
%% W13's server: CPU work in each call.
-module(worker).
-behaviour(gen_server).
-export([start/1, compute/2, steps_that_take/1]).
-export([init/1, handle_call/3, handle_cast/2]).

start(Steps) -> gen_server:start(?MODULE, Steps, []).

init(Steps) -> {ok, {Steps, 0}}.

handle_call({work, Seed}, _From, {Steps, Served}) ->
    {reply, compute(Seed, Steps), {Steps, Served + 1}};
handle_call(served, _From, {_, Served} = State) -> {reply, Served, State}.

%% One handler that never pauses.
handle_cast({burn, Steps, Owner}, State) ->
    Owner ! {burnt, compute(1, Steps)},
    {noreply, State}.

%% Steps that each need the one before, within BEAM's small integers.
compute(X, 0) -> X;
compute(X, Steps) -> compute((X * 1664525 + 1013904223) band 16#ffffffff, Steps - 1).

%% By the fastest of many tries: a disturbance only ever makes one slower.
steps_that_take(Us) ->
    Steps = 200_000,
    Best = lists:min([begin
                          W = bench:stopwatch(),
                          compute(I, Steps),
                          bench:stopwatch() - W
                      end || I <- lists:seq(1, 50)]),
    round(Us * 1000 * Steps / Best).
