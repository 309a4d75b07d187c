%% SPDX-License-Identifier: BSL-1.0
%% W20: an event for ten handlers.
-module(events).
-behaviour(gen_event).
-export([notify/0, init/1, handle_event/2, handle_call/2]).

notify() ->
    Events = 2_000_000,
    {ok, Manager} = gen_event:start(),
    [ok = gen_event:add_handler(Manager, {?MODULE, H}, 0) || H <- lists:seq(0, 9)],
    W = bench:stopwatch(),
    notify(Manager, Events),
    Sum = gen_event:call(Manager, {?MODULE, 0}, get, infinity),
    bench:report('W20', ns_per_event, bench:ns_each(W, Events), ns, Sum =:= Events).

notify(_, 0) -> ok;
notify(Manager, N) ->
    gen_event:notify(Manager, {add, 1}),
    notify(Manager, N - 1).

init(Sum) -> {ok, Sum}.
handle_event({add, By}, Sum) -> {ok, Sum + By}.
handle_call(get, Sum) -> {ok, Sum, Sum}.
