%% SPDX-License-Identifier: BSL-1.0
%% The server that most workloads talk to.
-module(counter).
-behaviour(gen_server).
-export([start/0, start_link/0, start_link/1]).
-export([init/1, handle_call/3, handle_cast/2]).

start() -> gen_server:start(?MODULE, 0, []).
start_link() -> gen_server:start_link(?MODULE, 0, []).
start_link(Name) -> gen_server:start_link({local, Name}, ?MODULE, 0, []).

init(N) -> {ok, N}.

handle_call({add, By}, _From, N) -> {reply, N + By, N + By};
handle_call(get, _From, N) -> {reply, N, N}.

handle_cast({add, By}, N) -> {noreply, N + By};
handle_cast(fail, _) -> error(asked_to).
