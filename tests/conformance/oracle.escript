#!/usr/bin/env escript
%% SPDX-License-Identifier: BSL-1.0
%%! +sbwt none +sbwtdcpu none +sbwtdio none -noinput
%% -*- erlang -*-
%%
%% Differential oracle: runs scenario files (JSON lines, see scenario.md)
%% on the real OTP behaviours and prints the raw trace.
%%
%%   oracle.escript SCENARIO               trace on stdout
%%   oracle.escript --out DIR SCENARIO...  one DIR/<basename>.trace per file
%%
%% Post-process with canon.py before comparing two traces.
-module(oracle).
-mode(compile).
-export([main/1]).
%% started by supervisors
-export([start_child/2, start_dyn/3, start_dyn/4, worker_init/4, crash_init/2]).
%% callbacks (supervisor, gen_server, gen_statem, gen_event)
-export([init/1, handle_call/3, handle_cast/2, handle_info/2,
         handle_continue/2, terminate/2,
         callback_mode/0, handle_event/4, terminate/3,
         handle_event/2, handle_call/2]).
%% visible in process_info (idle detection)
-export([loop/1, refuse/1, client_loop/1]).

%% ------------------------------------------------------------------ main
main(Args) ->
    logger:set_primary_config(level, none),
    process_flag(trap_exit, true),
    {Out, Files} = args(Args, stdout, []),
    Files =:= [] andalso begin
        io:format(standard_error, "usage: oracle.escript [--out DIR] SCENARIO...~n", []),
        halt(2) end,
    Bad = lists:sum([run_file(F, Out) || F <- Files]),
    halt(case Bad of 0 -> 0; _ -> 1 end).

args(["--out", D | T], _, Fs) -> args(T, D, Fs);
args([F | T], O, Fs) -> args(T, O, [F | Fs]);
args([], O, Fs) -> {O, lists:reverse(Fs)}.

run_file(File, Out) ->
    {ok, Bin} = file:read_file(File),
    Lines = [L || L <- binary:split(Bin, <<"\n">>, [global, trim_all]),
                  string:trim(L) =/= <<>>, not is_comment(L)],
    Objs = [jdec(L) || L <- Lines],
    {P, M} = spawn_monitor(fun() -> exit({trace, run(Objs)}) end),
    {Bad, Trace} =
        receive
            {'DOWN', M, process, P, {trace, T}} -> {0, T};
            {'DOWN', M, process, P, Why} ->
                {1, [[{error, iolist_to_binary(io_lib:format("~0p", [Why]))}]]}
        end,
    Text = [[jenc(L), $\n] || L <- Trace],
    case Out of
        stdout -> io:put_chars(Text);
        Dir ->
            Base = filename:basename(File, filename:extension(File)),
            ok = file:write_file(filename:join(Dir, Base ++ ".trace"), Text)
    end,
    Bad.

is_comment(L) ->
    case string:trim(L, leading) of <<"#", _/binary>> -> true; _ -> false end.

run([#{<<"meta">> := Meta} | Rest]) ->
    process_flag(trap_exit, true),
    start_recorder(),
    Kind = binary_to_atom(maps:get(<<"kind">>, Meta)),
    put(kind, Kind),
    Head = [{scenario, maps:get(<<"name">>, Meta)}, {kind, Kind}],
    {Steps, First} =
        case Kind of
            sup ->
                [#{<<"sup">> := _} = Tree | St] = Rest,
                {St, run_start(Tree)};
            _ -> {Rest, []}
        end,
    Body = run_steps(Steps, 1, []),
    Last = case Kind of
               sup -> finish_sup();
               _ -> finish_other()
           end,
    stop_recorder(),
    [Head | First ++ Body ++ Last].

run_start(#{<<"sup">> := Name} = Tree) ->
    Path = binary_to_list(Name),
    put(root, Path),
    put(tree, Tree),
    R = try supervisor:start_link(?MODULE, {sup, Path, Tree}) catch C:E -> {C, E} end,
    quiet(),
    [[{step, 0}, {do, start}, {res, result(R)}] | rec(flush)].

run_steps([], _, Acc) -> lists:append(lists:reverse(Acc));
run_steps([#{<<"do">> := Do} = S | T], N, Acc) ->
    Op = binary_to_atom(Do),
    Res = try step(Op, S)
          catch exit:R -> {exit, R};
                error:R:St -> {bug, {Op, R, St}} end,
    Wait = maps:get(<<"quiet">>, S, true),
    Evs = case Wait of
              true -> quiet(), rec(flush);
              false -> []
          end,
    L0 = [{step, N}, {do, Op}],
    L = case Res of
            none -> L0;
            _ -> L0 ++ [{res, result(Res)}]
        end,
    run_steps(T, N + 1, [[L | Evs] | Acc]).

finish_sup() ->
    quiet(),
    Pre = rec(flush),
    Path = get(root),
    case alive_pid(Path) of
        false -> Pre ++ [[{step, 'end'}, {do, stop}, {res, result(noproc)}]];
        Pid ->
            exit(Pid, shutdown),
            quiet(),
            Pre ++ [[{step, 'end'}, {do, stop}, {res, result(ok)}] | rec(flush)]
    end.

finish_other() ->
    quiet(),
    Pre = rec(flush),
    Alive = lists:sort([list_to_binary(P) || {_, {K, P, _}} <- rec(live), K =/= aux]),
    Pre ++ [[{step, 'end'}, {do, alive}, {res, [{result, list}, {alive, Alive}]}]].

%% -------------------------------------------------------------- recorder
%% All processes of a scenario report to it. Keys are unique_integer
%% ([monotonic]); exits come from the process trace, whose strict time stamp
%% is taken before the exit signals are sent, so key order is causal order.
start_recorder() ->
    Self = self(),
    put(names_before, registered()),
    P = spawn(fun() -> register(rec, self()), Self ! {up, self()},
                       rec_loop(#{ev => [], live => #{}, last => #{},
                                  names => #{}, inc => #{}, att => #{}}) end),
    receive {up, P} -> ok end.

stop_recorder() ->
    Pids = [P || {P, _} <- rec(live)],
    [unlink(P) || P <- Pids],
    [exit(P, kill) || P <- Pids],
    M = monitor(process, rec),
    exit(whereis(rec), kill),
    receive {'DOWN', M, _, _, _} -> ok end,
    names_free(200),
    drain().

%% no registered name of this scenario may reach the next one
names_free(0) -> ok;
names_free(N) ->
    case registered() -- get(names_before) of
        [] -> ok;
        _ -> timer:sleep(5), names_free(N - 1)
    end.

drain() -> receive _ -> drain() after 0 -> ok end.

key() -> erlang:unique_integer([monotonic]).

rec(Req) ->
    Ref = make_ref(),
    rec ! {self(), Ref, Req},
    receive {Ref, R} -> R end.

ev(Obj) -> rec({ev, key(), Obj}).
up(Kind, Path) -> rec({up, key(), Kind, Path, self()}).

rec_loop(S) ->
    receive
        {From, Ref, Req} ->
            {R, S1} = rec_req(Req, S),
            From ! {Ref, R},
            rec_loop(S1);
        {trace_ts, Pid, exit, Reason, {_, U}} ->
            rec_loop(rec_exit(Pid, Reason, U, S));
        _ -> rec_loop(S)
    end.

rec_exit(Pid, Reason, U, #{live := L, ev := E} = S) ->
    case L of
        #{Pid := {aux, _, _}} -> S#{live := maps:remove(Pid, L)};      % inner process: no event
        #{Pid := {Kind, Path, Inc}} ->
            B = list_to_binary(Path),
            O = case Kind of
                    sup -> [{ev, sup_terminated}, {sup, B}, {inc, Inc}];
                    worker -> [{ev, terminated}, {child, B}, {inc, Inc}];
                    _ -> [{ev, terminated}, {at, B}]
                end,
            put(names, maps:get(names, S)),
            S#{live := maps:remove(Pid, L),
               ev := [{U, O ++ [{reason, enc(Reason)}]} | E]};
        _ -> S
    end.

rec_req({ev, K, O}, #{ev := E} = S) -> {ok, S#{ev := [{K, O} | E]}};
rec_req({up, K, Kind, Path, Pid}, #{inc := I} = S) ->
    Inc = maps:get(Path, I, 0) + 1,
    erlang:trace(Pid, true, [procs, strict_monotonic_timestamp]),
    #{live := L, last := La, names := N, ev := E} = S,
    B = list_to_binary(Path),
    Ev = case Kind of
             sup -> [{K, [{ev, sup_started}, {sup, B}, {inc, Inc}]}];
             worker -> [{K, [{ev, started}, {child, B}, {inc, Inc}]}];
             _ -> []
         end,
    Nm = case Kind of
             _ when Kind =:= sup; Kind =:= worker ->
                 list_to_binary([Path, $#, integer_to_list(Inc)]);
             _ -> B
         end,
    {Inc, S#{inc := I#{Path => Inc}, live := L#{Pid => {Kind, Path, Inc}},
             last := La#{Path => Pid}, names := N#{Pid => Nm}, ev := Ev ++ E}};
rec_req({attempt, Path}, #{att := A} = S) ->
    N = maps:get(Path, A, 0) + 1,
    {N, S#{att := A#{Path => N}}};
rec_req(flush, #{ev := E} = S) ->
    {[O || {_, O} <- lists:keysort(1, E)], S#{ev := []}};
rec_req(count, #{ev := E} = S) -> {length(E), S};
rec_req(live, #{live := L} = S) -> {maps:to_list(L), S};
rec_req({last, Path}, #{last := L} = S) -> {maps:get(Path, L, undefined), S};
rec_req(names, #{names := N} = S) -> {N, S}.

%% ------------------------------------------------------------ quiescence
quiet() -> quiet(erlang:monotonic_time(millisecond) + 20000, none, 0).

quiet(Deadline, Prev, Ok) ->
    flush_trace(),
    Live = rec(live),
    Idle = lists:all(fun({P, {K, _, _}}) -> idle(P, K) end, Live),
    Snap = {rec(count), lists:sort([P || {P, _} <- Live])},
    Late = erlang:monotonic_time(millisecond) > Deadline,
    if Late -> ev([{ev, not_quiet}]), ok;
       Idle, Snap =:= Prev, Ok >= 2 -> ok;
       Idle, Snap =:= Prev -> timer:sleep(2), quiet(Deadline, Snap, Ok + 1);
       true -> timer:sleep(1), quiet(Deadline, Snap, 0)
    end.

flush_trace() ->
    %% run by the tracer itself would be simpler, but the recorder must
    %% stay responsive: ask from here, the answer goes to the recorder
    R = erlang:trace_delivered(all),
    receive {trace_delivered, all, R} -> ok after 1000 -> ok end.

idle(Pid, Kind) ->
    case process_info(Pid, [status, message_queue_len, current_function]) of
        [{status, waiting}, {message_queue_len, Q}, {current_function, CF}] ->
            idle_cf(Kind, CF, Q);
        _ -> false
    end.

idle_cf(_, {sys, suspend_loop, _}, _) -> true;
idle_cf(_, {sys, suspend_loop_hib, _}, _) -> true;
idle_cf(_, {?MODULE, refuse, 1}, _) -> true;
idle_cf(sup, {gen_server, loop, _}, 0) -> true;
idle_cf(worker, {?MODULE, loop, 1}, 0) -> true;
idle_cf(gs, {gen_server, loop, _}, 0) -> true;
idle_cf(gs, {erlang, hibernate, 3}, 0) -> true;
idle_cf(sm, {gen_statem, loop_receive, _}, 0) -> true;
idle_cf(sm, {erlang, hibernate, 3}, 0) -> true;
idle_cf(ge, {gen_event, fetch_msg, _}, 0) -> true;
idle_cf(ge, {erlang, hibernate, 3}, 0) -> true;
idle_cf(client, {?MODULE, client_loop, 1}, Q) -> Q =:= 0 orelse get(kind) =:= ex;
idle_cf(client, {gen, do_call, _}, _) -> true;
%% kind ex: inner processes of a registry; tasks that wait; whoever waits for tasks
idle_cf(aux, {gen_server, loop, _}, 0) -> true;
idle_cf(task, {'Elixir.OracleEx', task_wait, _}, _) -> true;
idle_cf(K, {M, _, _}, _) when M =:= 'Elixir.Task', K =/= gs; M =:= 'Elixir.Task.Supervised', K =:= client -> true;
idle_cf(_, _, _) -> false.

%% ------------------------------------------------------- supervisor steps
path(S, K) -> binary_to_list(maps:get(K, S)).

last_pid(Path) -> rec({last, Path}).

alive_pid(Path) ->
    case last_pid(Path) of
        undefined -> false;
        P -> case is_process_alive(P) of true -> P; false -> false end
    end.

with_pid(Path, F) ->
    case last_pid(Path) of
        undefined -> undefined_target;
        P -> F(P)
    end.

with_alive(Path, F) ->
    case alive_pid(Path) of
        false -> noproc;
        P -> F(P)
    end.

step(sleep, #{<<"ms">> := Ms}) -> timer:sleep(Ms), none;
step(sync, _) -> none;
step(Op, S) ->
    case get(kind) of
        sup -> sup_step(Op, S);
        _ -> other_step(Op, S)
    end.

sup_step(crash, S) ->
    R = dec(maps:get(<<"reason">>, S)),
    How = binary_to_atom(maps:get(<<"how">>, S, <<"exit">>)),
    with_alive(path(S, <<"child">>), fun(P) -> P ! {cmd, {How, R}}, ok end);
sup_step(exit_signal, S) ->
    R = dec(maps:get(<<"reason">>, S)),
    with_alive(path(S, <<"to">>),
               fun(P) ->
                       {H, M} = spawn_monitor(fun() -> exit(P, R) end),
                       receive {'DOWN', M, _, H, _} -> ok end
               end);
sup_step(stop, S) ->
    R = dec(maps:get(<<"reason">>, S, <<"shutdown">>)),
    with_alive(get(root), fun(P) -> exit(P, R), ok end);
sup_step(gen_stop, S) ->
    R = dec(maps:get(<<"reason">>, S, <<"normal">>)),
    with_pid(path(S, <<"sup">>), fun(P) -> api(S, fun() -> gen_server:stop(P, R, infinity) end) end);
sup_step(suspend, S) ->
    with_alive(path(S, <<"sup">>), fun(P) -> sys:suspend(P) end);
sup_step(resume, S) ->
    with_alive(path(S, <<"sup">>), fun(P) -> sys:resume(P) end);
sup_step(start_child, #{<<"child">> := C} = S) ->
    SP = path(S, <<"sup">>),
    with_pid(SP, fun(P) -> api(S, fun() -> supervisor:start_child(P, child_spec(SP, C)) end) end);
sup_step(start_child, #{<<"name">> := N} = S) ->
    SP = path(S, <<"sup">>),
    A = case S of
            #{<<"beh">> := B} -> [binary_to_list(N), B];
            _ -> [binary_to_list(N)]
        end,
    with_pid(SP, fun(P) -> api(S, fun() -> supervisor:start_child(P, A) end) end);
sup_step(Op, #{<<"sup">> := _} = S)
  when Op =:= terminate_child; Op =:= restart_child; Op =:= delete_child;
       Op =:= get_childspec ->
    SP = path(S, <<"sup">>),
    with_pid(SP, fun(P) -> api(S, fun() -> id_call(Op, P, SP, S) end) end);
sup_step(which_children, S) ->
    with_pid(path(S, <<"sup">>),
             fun(P) -> api(S, fun() -> {which, supervisor:which_children(P)} end) end);
sup_step(count_children, S) ->
    with_pid(path(S, <<"sup">>),
             fun(P) -> api(S, fun() -> {counts, supervisor:count_children(P)} end) end).

id_call(Op, P, SP, #{<<"name">> := N}) ->          % simple_one_for_one: by pid
    Target = last_pid(SP ++ "/" ++ binary_to_list(N)),
    supervisor:Op(P, case Target of undefined -> self(); _ -> Target end);
id_call(Op, P, _, #{<<"id">> := Id}) ->
    spec_res(supervisor:Op(P, binary_to_atom(Id))).

spec_res({ok, #{id := _} = M}) -> {childspec, M};
spec_res(X) -> X.

%% a call that may block can be made by a helper ("async":true)
api(#{<<"async">> := true} = S, F) ->
    Tag = maps:get(<<"tag">>, S, <<"async">>),
    spawn(fun() ->
                  R = try F() catch exit:E -> {exit, E} end,
                  ev([{ev, async_result}, {tag, Tag}, {res, result(R)}])
          end),
    none;
api(_, F) -> F().

%% ------------------------------------------------------ supervised things
init({sup, Path, Spec}) ->
    up(sup, Path),
    case maps:get(<<"init">>, Spec, <<"ok">>) of
        <<"ok">> ->
            Fl = lists:foldl(
                   fun({K, A}, M) ->
                           case Spec of
                               #{K := V} -> M#{A => dec(V)};
                               _ -> M
                           end
                   end, #{}, [{<<"strategy">>, strategy}, {<<"intensity">>, intensity},
                              {<<"period">>, period}, {<<"auto_shutdown">>, auto_shutdown}]),
            {ok, {Fl, [child_spec(Path, C) || C <- maps:get(<<"children">>, Spec, [])]}};
        <<"ignore">> -> ignore;
        <<"bad">> -> garbage;
        #{<<"exit">> := R} -> exit(dec(R))
    end;
init({gs, A}) -> gs_init(A);
init({sm, A}) -> sm_init(A);
init({{ge, _, _} = St, Swapped}) -> ge_init(St, [{swapped, enc(Swapped)}]);
init({ge, _, _} = St) -> ge_init(St, []).

child_spec(SupPath, C) ->
    Base = case C of
               #{<<"id">> := Id} ->
                   #{id => dec(Id),
                     start => {?MODULE, start_child, [SupPath ++ "/" ++ binary_to_list(Id), C]}};
               _ -> #{start => {?MODULE, start_child, [SupPath ++ "/?", C]}}
           end,
    Dyn = case C of
              #{<<"dynamic">> := true} -> Base#{start => {?MODULE, start_dyn, [SupPath, C]}};
              _ -> Base
          end,
    lists:foldl(fun({K, A}, M) ->
                        case C of
                            #{K := V} -> M#{A => dec(V)};
                            _ -> M
                        end
                end, Dyn, [{<<"restart">>, restart}, {<<"shutdown">>, shutdown},
                           {<<"type">>, type}, {<<"significant">>, significant}]).

start_dyn(SupPath, C, Name) -> start_child(SupPath ++ "/" ++ Name, C).
start_dyn(SupPath, C, Name, Beh) -> start_child(SupPath ++ "/" ++ Name, C#{<<"beh">> => Beh}).

start_child(Path, C) ->
    N = rec({attempt, Path}),
    Beh = maps:get(<<"beh">>, C, #{}),
    Outs = maps:get(<<"start">>, Beh, [<<"ok">>]),
    O = lists:nth(min(N, length(Outs)), Outs),
    case O of
        #{<<"delay_ms">> := D} -> timer:sleep(D);
        _ -> ok
    end,
    outcome(O, Path, C, Beh, N).

outcome(<<"ok">>, P, C, B, _) -> launch(P, C, B);
outcome(#{<<"ok">> := _} = O, P, C, B, _) ->
    case {launch(P, C, B), O} of
        {{ok, Pid}, #{<<"info">> := I}} -> {ok, Pid, dec(I)};
        {R, _} -> R
    end;
outcome(<<"ignore">>, P, _, _, N) ->
    ev([{ev, ignored}, {child, list_to_binary(P)}, {try_no, N}]),
    ignore;
outcome(<<"bad">>, P, _, _, N) -> failed(P, N, bad, garbage), garbage;
outcome(#{<<"error">> := R}, P, _, _, N) -> failed(P, N, error, dec(R)), {error, dec(R)};
outcome(#{<<"exit">> := R}, P, _, _, N) -> failed(P, N, exit, dec(R)), exit(dec(R));
outcome(#{<<"crash">> := R}, P, _, _, N) ->
    failed(P, N, crash, dec(R)),
    proc_lib:start_link(?MODULE, crash_init, [self(), dec(R)]).

crash_init(_Parent, R) -> exit(R).

failed(P, N, How, R) ->
    ev([{ev, start_failed}, {child, list_to_binary(P)}, {try_no, N}, {how, How}, {reason, enc(R)}]).

launch(P, #{<<"sup">> := _} = C, _) -> supervisor:start_link(?MODULE, {sup, P, maps:get(<<"sup">>, C)});
launch(P, _, B) -> proc_lib:start_link(?MODULE, worker_init, [self(), P, B, x]).

worker_init(Parent, Path, B, _) ->
    Trap = maps:get(<<"trap">>, B, false),
    process_flag(trap_exit, Trap),
    Inc = up(worker, Path),
    maps:get(<<"unlink">>, B, false) andalso unlink(Parent),
    proc_lib:init_ack(Parent, {ok, self()}),
    ?MODULE:loop(#{parent => Parent, path => Path, inc => Inc, beh => B}).

loop(#{parent := Parent, path := Path, inc := Inc} = W) ->
    receive
        {cmd, {exit, R}} -> exit(R);
        {cmd, {error, R}} -> error(R);
        {'EXIT', Parent, R} -> term(W, R);
        {'EXIT', _, R} ->
            ev([{ev, trapped}, {child, list_to_binary(Path)}, {inc, Inc}, {reason, enc(R)}]),
            loop(W);
        _ -> loop(W)
    end.

term(#{path := Path, inc := Inc, beh := B} = W, R) ->
    ev([{ev, terminating}, {child, list_to_binary(Path)}, {inc, Inc}, {reason, enc(R)}]),
    case maps:get(<<"refuse">>, B, false) of
        true -> ?MODULE:refuse(W);
        false ->
            timer:sleep(maps:get(<<"term_ms">>, B, 0)),
            exit(case B of
                     #{<<"term_reason">> := TR} -> dec(TR);
                     _ -> R
                 end)
    end.

refuse(W) -> receive never_sent -> refuse(W) end.

%% --------------------------------------- clients: links, monitors, servers
other_step(Op, S) when Op =:= spawn; Op =:= client ->
    case S of
        #{<<"from">> := F, <<"op">> := _} -> client_op(F, Op, S);
        _ ->
            N = path(S, <<"name">>),
            spawn_client(N, S, spawn),
            none
    end;
other_step(seq, S) ->
    [client_op(maps:get(<<"who">>, S), binary_to_atom(maps:get(<<"do">>, O)), O)
     || O <- maps:get(<<"ops">>, S)],
    none;
other_step(Op, S) ->
    Who = case S of
              #{<<"who">> := W} -> W;
              #{<<"from">> := F} -> F
          end,
    client_op(Who, Op, S).

client_op(Who, Op, S) ->
    case alive_pid(binary_to_list(Who)) of
        false -> noproc;
        P -> P ! {op, Op, S}, none
    end.

spawn_client(Name, S, How) ->
    Self = self(),
    F = fun() ->
                process_flag(trap_exit, maps:get(<<"trap">>, S, false)),
                up(client, Name),
                put(me, Name),
                Self ! {client_up, self()},
                ?MODULE:client_loop(Name)
        end,
    {P, Ref} = case How of
                   spawn -> {spawn(F), none};
                   spawn_link -> {spawn_link(F), none};
                   spawn_monitor -> spawn_monitor(F)
               end,
    receive {client_up, P} -> ok end,
    {P, Ref}.

me() -> list_to_binary(get(me)).

client_loop(Name) ->
    Tasks = case get(tasks) of undefined -> #{}; M -> M end,     % kind ex: their messages wait for await, yield ...
    receive
        {op, Op, S} ->
            case op(Op, S) of
                none -> ok;
                R -> ev([{ev, op}, {at, me()}, {op, Op}, {res, result(R)}])
            end;
        {'EXIT', P, R} -> ev([{ev, exit_msg}, {at, me()}, {from, enc(P)}, {reason, enc(R)}]);
        {'DOWN', Ref, process, P, R} when not is_map_key(Ref, Tasks) ->
            ev([{ev, down}, {at, me()}, {from, enc(mon_name(P))},
                {ref, case get({ref, Ref}) of undefined -> null; L -> L end},
                {reason, enc(R)}]);
        {msg, From, X} -> ev([{ev, msg}, {at, me()}, {from, From}, {msg, X}]);
        {Ref, How, G, Ps} when How =:= join; How =:= leave ->
            ev([{ev, pg}, {at, me()}, {ref, get({ref, Ref})}, {do, How}, {group, G}, {members, names(Ps)}]);
        {gen_event_EXIT, {_, H}, R} -> ev([{ev, handler_exit}, {at, me()}, {h, H}, {reason, swapped(R)}]);
        {Ref, _} = Other when not is_map_key(Ref, Tasks) -> other_msg(Other);
        Other when not is_tuple(Other); tuple_size(Other) =/= 2, element(1, Other) =/= 'DOWN' -> other_msg(Other)
    end,
    ?MODULE:client_loop(Name).

mon_name({N, Nd}) when Nd =:= node() -> N;
mon_name(P) -> P.
other_msg(X) -> ev([{ev, msg}, {at, me()}, {from, <<"?">>}, {msg, enc(strip_ref(X))}]).
names(Ps) -> lists:sort([enc(P) || P <- Ps]).
swapped({swapped, {_, H}, P}) -> [{swapped, H}, {by, enc(P)}];
swapped(R) -> enc(R).
strip_ref({R, X}) when is_reference(R) -> {late_reply, X};
strip_ref({[alias | R], X}) when is_reference(R) -> {late_reply, X};
strip_ref(X) -> X.

target(S) -> target(S, <<"to">>).
target(S, K) ->
    case maps:get(K, S) of
        <<"@", N/binary>> -> binary_to_atom(N);      % registered name
        N -> case rec({last, binary_to_list(N)}) of
                 undefined -> exit(unknown_target);
                 P -> P
             end
    end.

catching(F) ->
    try F()
    catch exit:R -> {exit, R};
          error:R -> {raised, R};
          throw:R -> {thrown, R} end.

op(link, S) -> catching(fun() -> link(target(S)) end);
op(unlink, S) -> catching(fun() -> unlink(target(S)) end);
op(monitor, S) ->
    catching(fun() ->
                     Ref = erlang:monitor(process, target(S)),
                     L = maps:get(<<"ref">>, S),
                     put({ref, Ref}, L), put({label, L}, Ref), none
             end);
op(demonitor, S) ->
    Opts = [flush || maps:get(<<"flush">>, S, false)] ++ [info || maps:get(<<"info">>, S, false)],
    Ref = get({label, maps:get(<<"ref">>, S)}),
    catching(fun() -> demonitor(Ref, Opts) end);
op(spawn_link, S) -> spawn_client(path(S, <<"name">>), S, spawn_link), none;
op(spawn_monitor, S) ->
    {_, Ref} = spawn_client(path(S, <<"name">>), S, spawn_monitor),
    L = maps:get(<<"ref">>, S),
    put({ref, Ref}, L), put({label, L}, Ref), none;
op(trap, S) -> process_flag(trap_exit, maps:get(<<"on">>, S)), none;
op(exit, S) -> exit(dec(maps:get(<<"reason">>, S)));
op(error, S) -> error(dec(maps:get(<<"reason">>, S)));
op(throw, S) -> throw(dec(maps:get(<<"reason">>, S)));
op(return, _) -> exit(normal);
op(send_exit, S = #{<<"caught">> := true}) ->
    catching(fun() -> op(send_exit, maps:remove(<<"caught">>, S)) end);
op(send_exit, S) ->
    R = dec(maps:get(<<"reason">>, S)),
    case target(S) of
        P when is_pid(P) -> exit(P, R), none
    end;
op(send, S) -> catching(fun() -> target(S) ! {msg, me(), maps:get(<<"msg">>, S)}, none end);
op(register, S) ->
    catching(fun() -> register(binary_to_atom(maps:get(<<"as">>, S)),
                               case S of #{<<"pid">> := _} -> target(S, <<"pid">>); _ -> self() end) end);
op(unregister, S) -> catching(fun() -> unregister(binary_to_atom(maps:get(<<"as">>, S))) end);
op(whereis, S) -> {value, whereis(binary_to_atom(maps:get(<<"as">>, S)))};
op(links, _) ->
    {links, L} = process_info(self(), links),
    {value, lists:sort([enc(P) || P <- L, is_pid(P), P =/= whereis(rec)])};
op(monitors, _) ->
    {monitors, L} = process_info(self(), monitors),
    {value, lists:sort([enc(mon_name(P)) || {process, P} <- L])};
op(is_alive, S) -> {value, is_process_alive(target(S))};
%% gen_server / gen_statem clients
op(start, S) -> start_server(gs, S);
op(start_sm, S) -> start_server(sm, S);
op(call, S) ->
    To = target_or_exit(S), Req = {req, S},
    Mod = case maps:get(<<"sm">>, S, false) of true -> gen_statem; false -> gen_server end,
    F = fun() -> {reply, case S of
                             #{<<"timeout">> := T} -> Mod:call(To, Req, T);
                             _ -> Mod:call(To, Req, infinity)
                         end} end,
    case maps:get(<<"catch">>, S, true) of true -> catching(F); false -> F() end;
op(cast, S) ->
    Mod = case maps:get(<<"sm">>, S, false) of true -> gen_statem; false -> gen_server end,
    catching(fun() -> Mod:cast(target_or_exit(S), {req, S}) end);
op(info, S) -> catching(fun() -> target_or_exit(S) ! {req, S}, none end);
op(Op, S) when Op =:= start_ge; Op =:= add_handler; Op =:= add_sup_handler; Op =:= delete_handler;
               Op =:= swap_handler; Op =:= swap_sup_handler; Op =:= notify; Op =:= sync_notify;
               Op =:= which_handlers; Op =:= call_handler ->
    ge_result(catching(fun() -> ge_op(Op, S) end));
op(Op, #{<<"scope">> := Sc} = S) -> catching(fun() -> pg_op(Op, binary_to_atom(Sc), S) end);
op(stop, S) ->
    R = dec(maps:get(<<"reason">>, S, <<"normal">>)),
    T = case S of #{<<"timeout">> := Ms} -> Ms; _ -> infinity end,
    catching(fun() -> gen_server:stop(target_or_exit(S), R, T) end);
op(Op, S) -> 'Elixir.OracleEx':op(Op, S).                % kind ex: oracle.exs

target_or_exit(S) -> target(S).

%% gen_event clients; handler h of the scenario is {oracle,h}
ge_op(start_ge, S) ->
    Fn = case maps:get(<<"link">>, S, true) of true -> start_link; false -> start end,
    R = catching(fun() -> case S of
                              #{<<"reg">> := Rg} -> gen_event:Fn({local, binary_to_atom(Rg)});
                              _ -> gen_event:Fn()
                          end end),
    case R of {ok, P} -> rec({up, key(), ge, path(S, <<"name">>), P}), ok; _ -> R end;
ge_op(add_handler, S) -> gen_event:add_handler(target(S), hid(S, <<"h">>), harg(S, <<"h">>));
ge_op(add_sup_handler, S) -> gen_event:add_sup_handler(target(S), hid(S, <<"h">>), harg(S, <<"h">>));
ge_op(delete_handler, S) -> gen_event:delete_handler(target(S), hid(S, <<"h">>), dec(maps:get(<<"arg">>, S)));
ge_op(Op, S) when Op =:= swap_handler; Op =:= swap_sup_handler ->
    gen_event:Op(target(S), {hid(S, <<"h">>), dec(maps:get(<<"arg">>, S))}, {hid(S, <<"h2">>), harg(S, <<"h2">>)});
ge_op(notify, S) -> gen_event:notify(target(S), {req, S});
ge_op(sync_notify, S) -> gen_event:sync_notify(target(S), {req, S});
ge_op(which_handlers, S) -> {value, [H || {_, H} <- gen_event:which_handlers(target(S))]};
ge_op(call_handler, S) ->
    case gen_event:call(target(S), hid(S, <<"h">>), {req, S}, maps:get(<<"timeout">>, S, infinity)) of
        {error, R} -> {error, R};
        V -> {reply, V}
    end.

hid(S, K) -> {?MODULE, maps:get(K, S)}.
harg(S, K) -> {ge, maps:get(K, S), maps:get(<<"beh">>, S, #{})}.

ge_result({'EXIT', R}) -> [{result, failed}, {reason, enc(R)}];     % a value: the caller does not exit
ge_result(V) when V =:= ok; element(1, V) =:= error; element(1, V) =:= reply; element(1, V) =:= value;
                  element(1, V) =:= exit; element(1, V) =:= raised -> V;
ge_result(V) -> {value, V}.

%% pg clients
pg_op(pg_start, Sc, S) ->
    Fn = case maps:get(<<"link">>, S, true) of true -> start_link; false -> start end,
    case pg:Fn(Sc) of {ok, P} -> rec({up, key(), gs, path(S, <<"scope">>), P}), ok; R -> R end;
pg_op(pg_join, Sc, S) -> pg:join(Sc, dec(maps:get(<<"group">>, S)), members(S));
pg_op(pg_leave, Sc, S) -> pg:leave(Sc, dec(maps:get(<<"group">>, S)), members(S));
pg_op(pg_members, Sc, S) -> {value, names(pg:get_members(Sc, dec(maps:get(<<"group">>, S))))};
pg_op(pg_local_members, Sc, S) -> {value, names(pg:get_local_members(Sc, dec(maps:get(<<"group">>, S))))};
pg_op(pg_groups, Sc, _) -> {value, lists:sort(pg:which_groups(Sc))};
pg_op(pg_monitor, Sc, S) ->
    {Ref, Ps} = pg:monitor(Sc, dec(maps:get(<<"group">>, S))),
    label(Ref, S), {value, names(Ps)};
pg_op(pg_monitor_scope, Sc, S) ->
    {Ref, M} = pg:monitor_scope(Sc),
    label(Ref, S), {value, lists:sort([[G, names(Ps)] || {G, Ps} <- maps:to_list(M)])};
pg_op(pg_demonitor, Sc, S) -> pg:demonitor(Sc, get({label, maps:get(<<"ref">>, S)})).

label(Ref, S) -> L = maps:get(<<"ref">>, S), put({ref, Ref}, L), put({label, L}, Ref).
%% one name or a list of names; what is no name stays what it is
members(S) ->
    case maps:get(<<"members">>, S) of
        L when is_list(L) -> [member(N) || N <- L];
        N -> member(N)
    end.
member(N) when is_binary(N) -> rec({last, binary_to_list(N)});
member(X) -> X.

start_server(K, S) ->
    Name = path(S, <<"name">>),
    Mod = case K of gs -> gen_server; sm -> gen_statem end,
    Opts = case S of #{<<"timeout">> := T} -> [{timeout, T}]; _ -> [] end,
    Fn = case maps:get(<<"link">>, S, true) of true -> start_link; false -> start end,
    Arg = {K, {Name, S}},
    R = catching(fun() ->
                         case S of
                             #{<<"reg">> := Rg} ->
                                 Mod:Fn({local, binary_to_atom(Rg)}, ?MODULE, Arg, Opts);
                             _ -> Mod:Fn(?MODULE, Arg, Opts)
                         end
                 end),
    case R of {ok, _} -> ok; _ -> R end.

%% ------------------------------------------------------------- gen_server
cb(Cb, More) -> ev([{ev, cb}, {at, me()}, {cb, Cb} | More]).

gs_init({Name, S}) ->
    process_flag(trap_exit, maps:get(<<"trap">>, S, false)),
    up(gs, Name), put(me, Name),
    cb(init, []),
    gs_init_ret(maps:get(<<"init">>, S, [<<"ok">>]), #{spec => S, defer => #{}}).

gs_init_ret([<<"ok">>], St) -> {ok, St};
gs_init_ret([<<"ok">>, O], St) -> {ok, St, gs_opt(O)};
gs_init_ret([<<"ignore">>], _) -> ignore;
gs_init_ret([<<"stop">>, R], _) -> {stop, dec(R)};
gs_init_ret([<<"exit">>, R], _) -> exit(dec(R));
gs_init_ret([<<"error">>, R], _) -> error(dec(R));
gs_init_ret([<<"throw">>, R], St) -> throw(gs_init_ret(R, St));
gs_init_ret([<<"bad">>], _) -> garbage;
gs_init_ret([<<"sleep">>, Ms, R], St) -> timer:sleep(Ms), gs_init_ret(R, St).

gs_opt(#{<<"timeout">> := T}) -> T;
gs_opt(#{<<"continue">> := R}) -> {continue, R};
gs_opt(<<"hibernate">>) -> hibernate.

lab(S) -> [{id, maps:get(<<"id">>, S, null)}].

handle_call({req, S}, From, St) ->
    cb(handle_call, lab(S)),
    gs_ret(maps:get(<<"ret">>, S), From, St).
handle_cast({req, S}, St) ->
    cb(handle_cast, lab(S)),
    gs_ret(maps:get(<<"ret">>, S), none, St).
handle_info(M, {ge, _, _} = St) -> ge_info(M, St);
handle_info({req, S}, St) ->
    cb(handle_info, lab(S)),
    gs_ret(maps:get(<<"ret">>, S), none, St);
handle_info(timeout, #{spec := Sp} = St) ->
    cb(handle_info, [{id, timeout}]),
    gs_ret(maps:get(<<"on_timeout">>, Sp, [<<"noreply">>]), none, St);
handle_info({'EXIT', P, R}, #{spec := Sp} = St) ->
    cb(handle_info, [{id, exit_msg}, {from, enc(P)}, {reason, enc(R)}]),
    gs_ret(maps:get(<<"on_exit">>, Sp, [<<"noreply">>]), none, St);
handle_info({msg, F, X}, St) ->
    cb(handle_info, [{id, msg}, {from, F}, {msg, X}]), {noreply, St};
handle_info({'DOWN', _, process, P, R}, St) ->
    cb(handle_info, [{id, down}, {from, enc(mon_name(P))}, {reason, enc(R)}]), {noreply, St};
handle_info(_, St) -> cb(handle_info, [{id, other}]), {noreply, St}.
handle_continue(R, St) ->
    cb(handle_continue, []),
    gs_ret(R, none, St).

gs_ret([<<"reply">>, V], _, St) -> {reply, V, St};
gs_ret([<<"reply">>, V, O], _, St) -> {reply, V, St, gs_opt(O)};
gs_ret([<<"noreply">>], _, St) -> {noreply, St};
gs_ret([<<"noreply">>, O], _, St) -> {noreply, St, gs_opt(O)};
gs_ret([<<"stop">>, R], _, St) -> {stop, dec(R), St};
gs_ret([<<"stop">>, R, V], _, St) -> {stop, dec(R), V, St};
gs_ret([<<"defer">>, Tag], From, #{defer := D} = St) -> {noreply, St#{defer := D#{Tag => From}}};
gs_ret([<<"reply_to">>, Tag, V | T], From, #{defer := D} = St) ->
    case D of
        #{Tag := F} -> gen_server:reply(F, V);
        _ -> ok
    end,
    gs_ret(case T of [N] -> N; [] -> [<<"noreply">>] end, From, St);
gs_ret([<<"reply_now">>, V, N], From, St) -> gen_server:reply(From, V), gs_ret(N, From, St);
gs_ret([<<"exit">>, R], _, _) -> exit(dec(R));
gs_ret([<<"error">>, R], _, _) -> error(dec(R));
gs_ret([<<"throw">>, N], From, St) -> throw(gs_ret(N, From, St));
gs_ret([<<"throw_value">>, V], _, _) -> throw(dec(V));
gs_ret([<<"bad">>], _, _) -> garbage;
gs_ret([<<"sleep">>, Ms, N], From, St) -> timer:sleep(Ms), gs_ret(N, From, St);
gs_ret([<<"send_self">>, Id, R, N], From, St) ->
    self() ! {req, #{<<"id">> => Id, <<"ret">> => R}}, gs_ret(N, From, St);
gs_ret([<<"link">>, To, N], From, St) ->
    link(rec({last, binary_to_list(To)})), gs_ret(N, From, St);
gs_ret([<<"monitor">>, To, N], From, St) ->
    monitor(process, rec({last, binary_to_list(To)})), gs_ret(N, From, St);
gs_ret([<<"call_self">>, N], From, St) ->
    R = catching(fun() -> gen_server:call(self(), x, 1000) end),
    cb(call_self, [{res, result(R)}]), gs_ret(N, From, St).

terminate(A, {ge, H, Beh}) ->
    cb(terminate, [{h, H}, {arg, enc(A)}]),
    term_ret(maps:get(<<"terminate">>, Beh, [<<"ok">>]));
terminate(R, #{spec := Sp}) ->
    cb(terminate, [{reason, enc(R)}]),
    term_ret(maps:get(<<"terminate">>, Sp, [<<"ok">>])).

term_ret([<<"ok">>]) -> ok;
term_ret([<<"value">>, V]) -> V;
term_ret([<<"sleep">>, Ms]) -> timer:sleep(Ms);
term_ret([<<"exit">>, X]) -> exit(dec(X));
term_ret([<<"error">>, X]) -> error(dec(X));
term_ret([<<"throw">>, X]) -> throw(dec(X)).

%% ------------------------------------------------------------- gen_statem
%% the module serves machines with and without state enter calls; the mode
%% is chosen per start through the process dictionary of the new process
callback_mode() ->
    case get(sm_enter) of
        true -> [handle_event_function, state_enter];
        _ -> handle_event_function
    end.

sm_init({Name, S}) ->
    process_flag(trap_exit, maps:get(<<"trap">>, S, false)),
    up(sm, Name), put(me, Name),
    put(sm_enter, maps:is_key(<<"enter">>, S)),
    cb(init, []),
    D = #{spec => S, defer => #{}},
    case maps:get(<<"init">>, S, [<<"ok">>, <<"s0">>]) of
        [<<"ok">>, St] -> {ok, binary_to_atom(St), D};
        [<<"ok">>, St, As] -> {ok, binary_to_atom(St), D, acts(As, none, D)};
        [<<"ignore">>] -> ignore;
        [<<"stop">>, R] -> {stop, dec(R)};
        [<<"exit">>, R] -> exit(dec(R));
        [<<"bad">>] -> garbage
    end.

handle_event(enter, Old, State, #{spec := Sp} = D) ->
    cb(event, [{state, State}, {type, enter}, {id, Old}]),
    E = maps:get(<<"enter">>, Sp, #{}),
    case maps:get(atom_to_binary(State), E, null) of
        null -> keep_state_and_data;
        R -> sm_ret(R, none, State, D)
    end;
handle_event(Type, Content, State, D) ->
    {T, From} = case Type of
                    {call, F} -> {call, F};
                    {timeout, N} -> {<<"timeout:", (atom_to_binary(N))/binary>>, none};
                    _ -> {Type, none}
                end,
    {Id, R} = sm_script(Content, State),
    cb(event, [{state, State}, {type, T}, {id, Id}]),
    sm_ret(R, From, State, D).

%% content: {req,#{ret}} from clients, or a script map; ret is either a return
%% or an object state -> return ("_" is the default)
sm_script({req, S}, State) -> sm_script(S, State);
sm_script(#{<<"ret">> := R} = S, State) ->
    {maps:get(<<"id">>, S, null), pick(R, State)};
sm_script({'EXIT', P, R}, _) -> {[{exit_msg, enc(P)}, {reason, enc(R)}], [<<"keep">>]};
sm_script(X, _) -> {enc(X), [<<"keep">>]}.

pick(R, State) when is_map(R) ->
    case R of
        #{} ->
            K = atom_to_binary(State),
            case R of
                #{K := V} -> V;
                #{<<"_">> := V} -> V;
                _ -> [<<"keep">>]
            end
    end;
pick(R, _) -> R.

sm_ret([<<"keep">>], _, _, _) -> keep_state_and_data;
sm_ret([<<"keep">>, As], F, _, D) -> {D1, A} = acts2(As, F, D), {keep_state, D1, A};
sm_ret([<<"next">>, S], _, _, D) -> {next_state, binary_to_atom(S), D};
sm_ret([<<"next">>, S, As], F, _, D) -> {D1, A} = acts2(As, F, D), {next_state, binary_to_atom(S), D1, A};
sm_ret([<<"repeat">>], _, _, _) -> repeat_state_and_data;
sm_ret([<<"repeat">>, As], F, _, D) -> {D1, A} = acts2(As, F, D), {repeat_state, D1, A};
sm_ret([<<"stop">>], _, _, _) -> stop;
sm_ret([<<"stop">>, R], _, _, _) -> {stop, dec(R)};
sm_ret([<<"stop_and_reply">>, R, As], F, _, D) -> {D1, A} = acts2(As, F, D), {stop_and_reply, dec(R), A, D1};
sm_ret([<<"exit">>, R], _, _, _) -> exit(dec(R));
sm_ret([<<"error">>, R], _, _, _) -> error(dec(R));
sm_ret([<<"throw">>, R], F, S, D) -> throw(sm_ret(R, F, S, D));
sm_ret([<<"sleep">>, Ms, R], F, S, D) -> timer:sleep(Ms), sm_ret(R, F, S, D);
sm_ret([<<"bad">>], _, _, _) -> garbage.

acts(As, F, D) -> {_, A} = acts2(As, F, D), A.
acts2(As, F, D0) ->
    {D, R} = lists:foldl(fun(A, {D1, Acc}) ->
                                 case act(A, F, D1) of
                                     {data, D2} -> {D2, Acc};
                                     X -> {D1, [X | Acc]}
                                 end
                         end, {D0, []}, As),
    {D, lists:reverse(R)}.

act(<<"postpone">>, _, _) -> postpone;
act(<<"hibernate">>, _, _) -> hibernate;
act([<<"reply">>, V], F, _) -> {reply, F, V};
act([<<"defer">>, T], F, #{defer := Df} = D) -> {data, D#{defer := Df#{T => F}}};
act([<<"reply_to">>, T, V], _, #{defer := Df} = D) ->
    case Df of #{T := F} -> {reply, F, V}; _ -> {data, D} end;
act([<<"next_event">>, T, S], _, _) -> {next_event, binary_to_atom(T), S};
act([<<"state_timeout">>, Ms, S], _, _) -> {state_timeout, ms(Ms), S};
act([<<"timeout">>, Ms, S], _, _) -> {timeout, ms(Ms), S};
act([<<"timeout">>, N, Ms, S], _, _) -> {{timeout, binary_to_atom(N)}, ms(Ms), S};
act([<<"cancel">>, <<"state_timeout">>], _, _) -> {state_timeout, cancel};
act([<<"cancel">>, N], _, _) -> {{timeout, binary_to_atom(N)}, cancel};
act([<<"update">>, <<"state_timeout">>, S], _, _) -> {state_timeout, update, S};
act([<<"update">>, N, S], _, _) -> {{timeout, binary_to_atom(N)}, update, S}.

ms(<<"infinity">>) -> infinity;
ms(Ms) -> Ms.

terminate(R, State, #{spec := Sp}) ->
    cb(terminate, [{state, State}, {reason, enc(R)}]),
    term_ret(maps:get(<<"terminate">>, Sp, [<<"ok">>])).

%% -------------------------------------------------------------- gen_event
%% a handler's state is {ge, Name, Beh}; all handlers run in the manager
ge_init({ge, H, Beh} = St, More) ->
    put(me, binary_to_list(enc(self()))),
    cb(init, [{h, H} | More]),
    case maps:get(<<"init">>, Beh, [<<"ok">>]) of
        [<<"ok">>] -> {ok, St};
        [<<"ok">>, <<"hibernate">>] -> {ok, St, hibernate};
        [<<"refuse">>, R] -> {error, dec(R)};
        [<<"exit">>, R] -> exit(dec(R));
        [<<"error">>, R] -> error(dec(R));
        [<<"bad">>] -> bad_return
    end.

handle_event({req, S}, {ge, H, _} = St) ->
    cb(handle_event, [{h, H} | lab(S)]),
    ge_ret(ge_pick(S, H), St).
handle_call({req, S}, {ge, H, _} = St) ->
    cb(handle_call, [{h, H} | lab(S)]),
    ge_ret(maps:get(<<"ret">>, S), St).
ge_info({req, S}, {ge, H, _} = St) ->
    cb(handle_info, [{h, H} | lab(S)]),
    ge_ret(ge_pick(S, H), St);
ge_info({'EXIT', P, R}, {ge, H, _} = St) ->
    cb(handle_info, [{h, H}, {id, exit_msg}, {from, enc(P)}, {reason, enc(R)}]), {ok, St};
ge_info({msg, F, X}, {ge, H, _} = St) ->
    cb(handle_info, [{h, H}, {id, msg}, {from, F}, {msg, X}]), {ok, St};
ge_info(_, {ge, H, _} = St) -> cb(handle_info, [{h, H}, {id, other}]), {ok, St}.

%% what an event does is chosen by the handler
ge_pick(S, H) ->
    case maps:get(<<"ret">>, S, [<<"ok">>]) of
        #{H := R} -> R;
        #{<<"_">> := R} -> R;
        R when is_list(R) -> R;
        _ -> [<<"ok">>]
    end.

ge_ret([<<"ok">>], St) -> {ok, St};
ge_ret([<<"ok">>, <<"hibernate">>], St) -> {ok, St, hibernate};
ge_ret([<<"reply">>, V], St) -> {ok, V, St};
ge_ret([<<"reply">>, V, <<"hibernate">>], St) -> {ok, V, St, hibernate};
ge_ret([<<"remove">>], _) -> remove_handler;
ge_ret([<<"remove">>, V], _) -> {remove_handler, V};
ge_ret([<<"swap">>, A, H, B], St) -> {swap_handler, dec(A), St, {?MODULE, H}, {ge, H, B}};
ge_ret([<<"swap">>, A, H, B, V], St) -> {swap_handler, V, dec(A), St, {?MODULE, H}, {ge, H, B}};
ge_ret([<<"exit">>, R], _) -> exit(dec(R));
ge_ret([<<"error">>, R], _) -> error(dec(R));
ge_ret([<<"throw">>, N], St) -> throw(ge_ret(N, St));
ge_ret([<<"bad">>], _) -> bad_return;
ge_ret([<<"sleep">>, Ms, N], St) -> timer:sleep(Ms), ge_ret(N, St).

%% -------------------------------------------------- results, neutral terms
result(ok) -> [{result, ok}];
result(true) -> [{result, ok}];
result(false) -> [{result, false}];
result(ignore) -> [{result, ignore}];
result(noproc) -> [{result, noproc}];
result(undefined_target) -> [{result, undefined}];
result({ok, P}) when is_pid(P) -> [{result, ok}, {child, enc(P)}];
result({ok, undefined}) -> [{result, ok}, {child, null}];
result({ok, P, I}) when is_pid(P) -> [{result, ok}, {child, enc(P)}, {info, enc(I)}];
result({ok, undefined, I}) -> [{result, ok}, {child, null}, {info, enc(I)}];
result({error, R}) -> [{result, error}, {reason, enc(R)}];
result({exit, R}) -> [{result, exit}, {reason, enc(R)}];
result({raised, R}) -> [{result, raised}, {reason, enc(R)}];
result({thrown, R}) -> [{result, thrown}, {reason, enc(R)}];
result({reply, V}) -> [{result, reply}, {value, enc(V)}];
result({value, V}) -> [{result, value}, {value, case V of undefined -> null; _ when is_boolean(V) -> V; _ when is_list(V) -> V; _ -> enc(V) end}];
result({which, L}) ->
    [{result, list},
     {children, [[{id, which_id(Id, P)},
                  {child, case P of undefined -> null; restarting -> restarting; _ -> enc(P) end},
                  {type, T}] || {Id, P, T, _} <- L]}];
result({counts, L}) ->
    [{result, counts} | [{K, proplists:get_value(K, L)} || K <- [specs, active, supervisors, workers]]];
result({childspec, M}) ->
    [{result, spec} | [{K, enc(V)} || K <- [id, restart, shutdown, type, significant],
                                      {ok, V} <- [maps:find(K, M)]]];
result([{result, _} | _] = R) -> R;
result({bug, X}) -> [{result, bug}, {reason, iolist_to_binary(io_lib:format("~0p", [X]))}];
result(X) -> [{result, enc(X)}].

which_id(undefined, _) -> null;
which_id(Id, _) -> enc(Id).

enc(true) -> true;
enc(false) -> false;
enc(null) -> null;
enc(T) when is_atom(T); is_integer(T); is_binary(T) -> T;
enc(T) when is_float(T) -> T;
enc(T) when is_pid(T) ->
    Names = case self() =:= whereis(rec) of true -> get(names); false -> rec(names) end,
    maps:get(T, Names, <<"pid">>);
enc(T) when is_reference(T) -> <<"ref">>;
enc(T) when is_function(T) -> <<"fun">>;
enc(T) when is_map(T) -> <<"map">>;
enc({R, {M, F, _}}) when is_atom(F), (M =:= gen_server orelse M =:= gen_statem orelse M =:= gen_event orelse M =:= sys) -> enc(R);
enc({R, {M, F, _}}) when is_atom(F), (M =:= 'Elixir.Task' orelse M =:= 'Elixir.Task.Supervised' orelse M =:= 'Elixir.GenServer') -> enc(R);
enc({R, {gen, F, _}}) when is_atom(F) -> enc(R);
enc({R, C}) when is_tuple(C), tuple_size(C) > 3, element(1, C) =:= child -> enc(R);
enc({shutdown, [S | _]}) when is_tuple(S), tuple_size(S) >= 3 -> [{error, shutdown}];   % error(shutdown): a raised error, not {shutdown,_}
enc({shutdown, X}) -> [{shutdown, enc(X)}];
enc({failed_to_start_child, Id, R}) -> [{failed_to_start_child, enc(Id)}, {reason, enc(R)}];
enc({bad_return, {_, init, V}}) -> [{bad_return, enc(V)}];
enc({R, [S | _]}) when is_tuple(S), tuple_size(S) >= 3 -> [{error, enc(R)}];
enc({R, []}) -> [{error, enc(R)}];
enc({bad_combination, L}) -> [{bad_combination, [K || {K, _} <- L]}];
enc({K, V}) when is_atom(K) -> [{K, enc(V)}];
enc(T) when is_tuple(T) -> [enc(X) || X <- tuple_to_list(T)];
enc(L) when is_list(L) ->
    case io_lib:printable_unicode_list(L) andalso L =/= [] of
        true -> unicode:characters_to_binary(L);
        false -> try [enc(X) || X <- L] catch _:_ -> <<"list">> end
    end.

dec(B) when is_binary(B) -> binary_to_atom(B);
dec(M) when is_map(M) ->
    case maps:to_list(M) of
        [{K, V}] -> {binary_to_atom(K), dec(V)};
        L -> [{binary_to_atom(K), dec(V)} || {K, V} <- L]
    end;
dec(L) when is_list(L) -> [dec(X) || X <- L];
dec(X) -> X.

%% ------------------------------------------------------------------- json
jenc(true) -> <<"true">>;
jenc(false) -> <<"false">>;
jenc(null) -> <<"null">>;
jenc(undefined) -> <<"\"undefined\"">>;
jenc(A) when is_atom(A) -> jstr(atom_to_binary(A));
jenc(I) when is_integer(I) -> integer_to_binary(I);
jenc(F) when is_float(F) -> float_to_binary(F, [short]);
jenc(B) when is_binary(B) -> jstr(B);
jenc([{_, _} | _] = O) ->
    [${, lists:join($,, [[jstr(jkey(K)), $:, jenc(V)] || {K, V} <- O]), $}];
jenc(L) when is_list(L) -> [$[, lists:join($,, [jenc(X) || X <- L]), $]];
jenc(M) when is_map(M) -> jenc(maps:to_list(M)).

jkey(try_no) -> <<"try">>;
jkey(A) when is_atom(A) -> atom_to_binary(A);
jkey(B) -> B.

jstr(B) -> [$", [jch(C) || C <- unicode:characters_to_list(B)], $"].
jch($") -> "\\\"";
jch($\\) -> "\\\\";
jch(C) when C < 32 -> io_lib:format("\\u~4.16.0b", [C]);
jch(C) -> unicode:characters_to_binary([C]).

jdec(B) ->
    {V, R} = jval(jws(B)),
    <<>> = jws(R),
    V.

jws(<<C, T/binary>>) when C =:= $\s; C =:= $\t; C =:= $\r; C =:= $\n -> jws(T);
jws(B) -> B.

jval(<<"true", T/binary>>) -> {true, T};
jval(<<"false", T/binary>>) -> {false, T};
jval(<<"null", T/binary>>) -> {null, T};
jval(<<$", T/binary>>) -> jstring(T, <<>>);
jval(<<${, T/binary>>) ->
    case jws(T) of
        <<$}, R/binary>> -> {#{}, R};
        R -> jobj(R, #{})
    end;
jval(<<$[, T/binary>>) ->
    case jws(T) of
        <<$], R/binary>> -> {[], R};
        R -> jarr(R, [])
    end;
jval(B) ->
    {match, [{0, N}]} = re:run(B, "^-?[0-9]+"),
    <<I:N/binary, T/binary>> = B,
    {binary_to_integer(I), T}.

jobj(B, M) ->
    {K, R} = jval(jws(B)),
    <<$:, R1/binary>> = jws(R),
    {V, R2} = jval(jws(R1)),
    case jws(R2) of
        <<$,, R3/binary>> -> jobj(R3, M#{K => V});
        <<$}, R3/binary>> -> {M#{K => V}, R3}
    end.

jarr(B, Acc) ->
    {V, R} = jval(jws(B)),
    case jws(R) of
        <<$,, R1/binary>> -> jarr(R1, [V | Acc]);
        <<$], R1/binary>> -> {lists:reverse([V | Acc]), R1}
    end.

jstring(<<$", T/binary>>, A) -> {A, T};
jstring(<<$\\, $n, T/binary>>, A) -> jstring(T, <<A/binary, $\n>>);
jstring(<<$\\, $t, T/binary>>, A) -> jstring(T, <<A/binary, $\t>>);
jstring(<<$\\, C, T/binary>>, A) -> jstring(T, <<A/binary, C>>);
jstring(<<C, T/binary>>, A) -> jstring(T, <<A/binary, C>>).
