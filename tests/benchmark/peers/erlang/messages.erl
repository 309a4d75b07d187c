%% SPDX-License-Identifier: BSL-1.0
%% W1, W2, W3, W6: messages between processes that exist already.
-module(messages).
-export([call/0, cast/0, fan_in/0, ring/0]).

call() ->
    Calls = 1_000_000,
    {ok, Server} = counter:start(),
    W = bench:stopwatch(),
    Last = call(Server, Calls, 0),
    bench:report('W1', ns_per_call, bench:ns_each(W, Calls), ns, Last =:= Calls).

call(_, 0, Last) -> Last;
call(Server, N, _) -> call(Server, N - 1, gen_server:call(Server, {add, 1})).

%% Nothing bounds the queue: a sender that is faster than its receiver fills the memory.
cast() ->
    Messages = 5_000_000,
    {ok, Server} = counter:start(),
    W = bench:stopwatch(),
    cast(Server, Messages),
    Sum = gen_server:call(Server, get, infinity),
    bench:report('W2', ns_per_message, bench:ns_each(W, Messages), ns, Sum =:= Messages).

cast(_, 0) -> ok;
cast(Server, N) ->
    gen_server:cast(Server, {add, 1}),
    cast(Server, N - 1).

fan_in() ->
    Clients = 8,
    Messages = 500_000,
    {ok, Server} = counter:start(),
    Owner = self(),
    W = bench:stopwatch(),
    [spawn_link(fun() ->
                        cast(Server, Messages),
                        gen_server:call(Server, get, infinity),
                        Owner ! done
                end) || _ <- lists:seq(1, Clients)],
    [receive done -> ok end || _ <- lists:seq(1, Clients)],
    Ns = bench:ns_each(W, Clients * Messages),
    Sum = gen_server:call(Server, get, infinity),
    bench:report('W3', ns_per_message, Ns, ns, Sum =:= Clients * Messages).

ring() ->
    Processes = 503,
    Hops = 5_000_000,
    Owner = self(),
    First = spawn_link(fun() -> receive {next, Next} -> pass(Next, Owner) end end),
    Last = lists:foldl(fun(_, Next) -> spawn_link(fun() -> pass(Next, Owner) end) end,
                       First, lists:seq(2, Processes)),
    First ! {next, Last},
    W = bench:stopwatch(),
    First ! {token, Hops, 0},
    Seen = receive {done, Passed} -> Passed end,
    bench:report('W6', ns_per_hop, bench:ns_each(W, Hops), ns, Seen =:= Hops).

pass(Next, Owner) ->
    receive
        {token, 0, Passed} -> Owner ! {done, Passed};
        {token, Left, Passed} ->
            Next ! {token, Left - 1, Passed + 1},
            pass(Next, Owner)
    end.
