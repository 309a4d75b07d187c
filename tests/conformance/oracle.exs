# SPDX-License-Identifier: BSL-1.0
# Runs scenarios of kind "ex" on the real Elixir (made on 1.14): the driver of
# oracle.escript with the operations of Registry, DynamicSupervisor, Task, Agent.
#
#   elixir oracle.exs SCENARIO               trace on stdout
#   elixir oracle.exs --out DIR SCENARIO...  one DIR/<basename>.trace per file
defmodule OracleEx do
  # ------------------------------------------------------------------ driver
  def main(args) do
    erl = Path.join(System.tmp_dir!(), "oracle#{System.pid()}.erl")
    src = File.read!(Path.join(__DIR__, "oracle.escript"))
    File.write!(erl, src |> String.split("\n") |> Enum.drop(3) |> Enum.join("\n"))
    {:ok, mod, bin} = :compile.file(String.to_charlist(erl), [:binary, :export_all, :nowarn_export_all])
    File.rm!(erl)
    {:module, _} = :code.load_binary(mod, 'oracle', bin)
    :oracle.main(Enum.map(args, &String.to_charlist/1))
  end

  # every operation not known to oracle.escript comes here, in the client's process
  def op(op, %{"catch" => false} = s), do: run(op, s)

  def op(op, s) do
    run(op, s)
  rescue
    e -> {:raised, error_name(e)}
  catch
    :exit, r -> {:exit, r}
    :throw, x -> {:thrown, x}
  end

  # ArgumentError -> argument_error; what :erlang.error raised stays itself
  defp error_name(%ErlangError{original: x}), do: x
  defp error_name(%m{}), do: m |> Module.split() |> List.last() |> Macro.underscore()

  defp pid(name) do
    case :oracle.rec({:last, to_charlist(name)}) do
      :undefined -> exit(:unknown_target)
      p -> p
    end
  end
  defp name(pid), do: :oracle.enc(pid)
  defp atom(x), do: String.to_atom(x)
  defp known(kind, name, pid), do: :oracle.rec({:up, :oracle.key(), kind, to_charlist(name), pid})

  # the process behind an operation: a name of the scenario, "@registered" or [registry, key]
  defp server(%{"to" => [reg, key]}), do: {:via, Registry, {atom(reg), key}}
  defp server(s), do: :oracle.target(s)

  defp opts(s, names) do
    for {k, f} <- names, Map.has_key?(s, Atom.to_string(k)), do: {k, f.(s[Atom.to_string(k)])}
  end

  defp same(x), do: x
  defp ms("infinity"), do: :infinity
  defp ms("brutal_kill"), do: :brutal_kill
  defp ms(n), do: n

  defp value(list) when is_list(list), do: {:value, list}
  defp value(x), do: {:value, :oracle.enc(x)}

  # ---------------------------------------------------------------- Registry
  defp run(:registry, s) do
    r = Registry.start_link([name: atom(s["name"]), keys: atom(s["keys"])] ++
          opts(s, partitions: &same/1, listeners: fn l -> Enum.map(l, &atom/1) end))
    with {:ok, sup} <- r do
      known(:aux, s["name"], sup)
      for {_, p, _, _} <- Supervisor.which_children(sup), do: known(:aux, s["name"], p)
      :ok
    end
  end

  defp run(:reg_register, s) do
    with {:ok, _} <- Registry.register(atom(s["reg"]), s["key"], s["value"]), do: :ok
  end

  defp run(:reg_unregister, s), do: Registry.unregister(atom(s["reg"]), s["key"])
  defp run(:reg_lookup, s), do: entries(Registry.lookup(atom(s["reg"]), s["key"]))
  defp run(:reg_keys, s), do: value(Enum.sort(Registry.keys(atom(s["reg"]), pid(s["of"]))))
  defp run(:reg_values, s), do: value(Enum.sort(Registry.values(atom(s["reg"]), s["key"], pid(s["of"]))))
  defp run(:reg_count, s), do: value(Registry.count(atom(s["reg"])))

  defp run(:reg_update_value, s) do
    case Registry.update_value(atom(s["reg"]), s["key"], fn v -> change(s["fun"], v) end) do
      :error -> [result: :error]
      {new, old} -> value([new, old])
    end
  end

  defp run(:reg_match, s), do: entries(Registry.match(atom(s["reg"]), s["key"], pattern(s), guards(s)))
  defp run(:reg_count_match, s), do: value(Registry.count_match(atom(s["reg"]), s["key"], pattern(s), guards(s)))
  defp run(:reg_unregister_match, s), do: Registry.unregister_match(atom(s["reg"]), s["key"], pattern(s), guards(s))

  defp run(:reg_select, s) do
    all = Registry.select(atom(s["reg"]), [{{:"$1", :"$2", :"$3"}, [], [{{:"$1", :"$2", :"$3"}}]}])
    value(Enum.sort(for {k, p, v} <- all, do: [k, name(p), if(v == nil, do: :null, else: v)]))
  end

  # sends s["msg"] to the entries of the key; or fails with s["fail"]; the value: how often it was called
  defp run(:reg_dispatch, s) do
    calls = :counters.new(1, [])
    me = :oracle.me()
    Registry.dispatch(atom(s["reg"]), s["key"], fn es ->
      :counters.add(calls, 1, 1)
      if r = s["fail"], do: :erlang.error(atom(r))
      for {p, v} <- es, do: send(p, {:msg, me, [s["msg"], v]})
    end, opts(s, parallel: &same/1))
    value(:counters.get(calls, 1))
  end

  # ------------------------------------------------------- DynamicSupervisor
  defp run(:dynsup, s) do
    r = DynamicSupervisor.start_link([strategy: :one_for_one] ++
          opts(s, max_children: &ms/1, max_restarts: &same/1, max_seconds: &same/1))
    with {:ok, p} <- r, do: (known(:gs, s["name"], p); :ok)
  end

  # the child is that of kind sup (BEH and events too), its path is the name of the supervisor + "/" + child
  defp run(:dyn_start, s) do
    path = s["sup"] <> "/" <> s["child"]
    spec = %{id: :x, start: {:oracle, :start_child, [to_charlist(path), Map.take(s, ["beh"])]}}
    spec = Map.merge(spec, Map.new(opts(s, restart: &atom/1, shutdown: &ms_or_kill/1, type: &atom/1)))
    DynamicSupervisor.start_child(pid(s["sup"]), spec)
  end

  defp run(:dyn_terminate, s), do: DynamicSupervisor.terminate_child(pid(s["sup"]), pid(s["sup"] <> "/" <> s["child"]))

  defp run(:dyn_which, s) do
    l = for {_, p, _, _} <- DynamicSupervisor.which_children(pid(s["sup"])), do: if(is_pid(p), do: name(p), else: p)
    value(Enum.sort_by(l, &to_string/1))
  end

  defp run(:dyn_count, s), do: {:counts, Map.to_list(DynamicSupervisor.count_children(pid(s["sup"])))}

  defp run(:crash, s) do
    send(pid(s["child"]), {:cmd, {atom(s["how"] || "exit"), :oracle.dec(s["reason"])}})
    :none
  end

  # -------------------------------------------------------------------- Task
  defp run(:task_sup, s) do
    with {:ok, p} <- Task.Supervisor.start_link(opts(s, max_children: &ms/1, max_restarts: &same/1, max_seconds: &same/1)),
         do: (known(:gs, s["name"], p); :ok)
  end

  defp run(:async, s) do
    fun = task_fun(s["task"], s["body"], self())
    task =
      case s do
        %{"sup" => sup, "nolink" => true} -> Task.Supervisor.async_nolink(pid(sup), fun)
        %{"sup" => sup} -> Task.Supervisor.async(pid(sup), fun)
        _ -> Task.async(fun)
      end
    receive do {:task_up, _} -> :ok after 2000 -> :ok end
    :persistent_term.put({:task, Process.whereis(:rec), s["task"]}, task)
    Process.put(:tasks, Map.put(Process.get(:tasks, %{}), task.ref, true))
    :ok
  end

  defp run(:await, s), do: done(task(s), fn t -> {:reply, Task.await(t, ms(s["timeout"] || 5000))} end)
  defp run(:shutdown, s), do: done(task(s), fn t -> outcome(Task.shutdown(t, ms(s["timeout"] || 5000))) end)
  defp run(:ignore, s), do: done(task(s), fn t -> outcome(Task.ignore(t)) end)

  defp run(:await_many, s),
    do: done(tasks(s), fn ts -> value(Task.await_many(ts, ms(s["timeout"] || 5000))) end)

  defp run(:yield, s) do
    r = Task.yield(task(s), s["timeout"])
    if r, do: done(task(s), fn _ -> outcome(r) end), else: outcome(r)
  end

  defp run(:yield_many, s) do
    rs = Task.yield_many(tasks(s), s["timeout"])
    done(for({t, r} when r != nil <- rs, do: t), fn _ -> [result: :list, list: for({_, r} <- rs, do: outcome(r))] end)
  end

  defp run(:go, s) do
    send(pid(s["task"]), :go)
    :none
  end

  defp run(:task_start_child, s) do
    fun = task_fun(s["task"], s["body"], nil)
    with {:ok, _} <- Task.Supervisor.start_child(pid(s["sup"]), fun, opts(s, restart: &atom/1, shutdown: &ms_or_kill/1)), do: :ok
  end

  defp run(:task_children, s), do: value(Enum.sort(Enum.map(Task.Supervisor.children(pid(s["sup"])), &name/1)))
  defp run(:task_terminate, s), do: Task.Supervisor.terminate_child(pid(s["sup"]), pid(s["task"]))

  # items: one BODY each, run by the tasks NAME.1, NAME.2, ..; the value: the results, and the most tasks at a time
  defp run(:stream, s) do
    now = :counters.new(2, [])
    items = Enum.with_index(s["items"], 1)
    fun = fn {body, i} ->
      :counters.add(now, 1, 1)
      if :counters.get(now, 1) > :counters.get(now, 2), do: :counters.put(now, 2, :counters.get(now, 1))
      v = task_fun("#{s["name"]}.#{i}", body, nil).()
      :counters.sub(now, 1, 1)
      v
    end
    o = opts(s, ordered: &same/1, max_concurrency: &same/1, timeout: &ms/1, on_timeout: &atom/1)
    stream =
      case s do
        %{"sup" => sup, "nolink" => true} -> Task.Supervisor.async_stream_nolink(pid(sup), items, fun, o)
        %{"sup" => sup} -> Task.Supervisor.async_stream(pid(sup), items, fun, o)
        _ -> Task.async_stream(items, fun, o)
      end
    stream = if n = s["take"], do: Stream.take(stream, n), else: stream
    rs = Enum.map(stream, &outcome/1)
    [result: :list, list: rs] ++ if(s["peak"], do: [peak: :counters.get(now, 2)], else: [])
  end

  # ------------------------------------------------------------------- Agent
  defp run(:agent, s) do
    fun = fn ->
      :oracle.up(:gs, to_charlist(s["name"]))
      :erlang.put(:me, to_charlist(s["name"]))
      body(s["init"])
    end
    reg =
      case s do
        %{"reg" => r} -> [name: atom(r)]
        %{"via" => [r, k]} -> [name: {:via, Registry, {atom(r), k}}]
        _ -> []
      end
    o = reg ++ opts(s, timeout: &same/1)
    with {:ok, _} <- if(s["link"] == false, do: Agent.start(fun, o), else: Agent.start_link(fun, o)), do: :ok
  end

  defp run(:agent_get, s), do: {:reply, Agent.get(server(s), fn v -> change(s["fun"], v, s) end, timeout(s))}
  defp run(:agent_update, s), do: Agent.update(server(s), fn v -> change(s["fun"], v, s) end, timeout(s))
  defp run(:agent_cast, s), do: Agent.cast(server(s), fn v -> change(s["fun"], v, s) end)
  defp run(:agent_stop, s), do: Agent.stop(server(s), :oracle.dec(s["reason"] || "normal"))

  defp run(:agent_get_and_update, s),
    do: {:reply, Agent.get_and_update(server(s), fn v -> {v, change(s["fun"], v, s)} end, timeout(s))}

  # ----------------------------------------------------------------- helpers
  defp entries(l), do: value(Enum.sort(for {p, v} <- l, do: [name(p), v]))
  defp pattern(s), do: (case s["pattern"] do "_" -> :_; "$1" -> :"$1"; x -> x end)
  defp guards(s), do: (if n = s["greater"], do: [{:>, :"$1", n}], else: [])
  defp timeout(s), do: ms(s["timeout"] || 5000)
  defp ms_or_kill(x), do: (if is_binary(x), do: atom(x), else: x)

  # any client may try a task; client_loop leaves its messages alone until the task is done with
  defp task(%{"task" => name}), do: :persistent_term.get({:task, Process.whereis(:rec), name}, nil) || exit(:unknown_target)
  defp tasks(s), do: for(t <- s["tasks"], do: task(%{"task" => t}))

  defp done(tasks, f) do
    f.(tasks)
  after
    refs = for t <- List.wrap(tasks), do: t.ref
    Process.put(:tasks, Map.drop(Process.get(:tasks, %{}), refs))
  end

  defp outcome({:ok, v}), do: [result: :value, value: v]
  defp outcome({:exit, r}), do: [result: :down, reason: :oracle.enc(r)]
  defp outcome(nil), do: [result: :nothing]

  # events of the agent carry the id of the request
  defp change(fun, v, s) do
    if id = s["id"], do: :oracle.ev(ev: :cb, at: :oracle.me(), cb: :fun, id: id)
    change(fun, v)
  end

  defp change(["get"], v), do: v
  defp change(["set", x], _), do: x
  defp change(["add", n], v), do: v + n
  defp change(["sleep", ms, f], v), do: (Process.sleep(ms); change(f, v))
  defp change(["exit", r], _), do: exit(:oracle.dec(r))
  defp change(["error", r], _), do: :erlang.error(:oracle.dec(r))
  defp change(["throw", x], _), do: throw(:oracle.dec(x))

  defp task_fun(name, b, owner) do
    fn ->
      :oracle.up(:task, to_charlist(name))
      :erlang.put(:me, to_charlist(name))
      :oracle.ev(ev: :cb, at: name, cb: :run)
      if owner, do: send(owner, {:task_up, name})
      body(b)
    end
  end

  def task_wait, do: (receive do :go -> :ok end)

  def body(["value", v]), do: v
  def body(["sleep", ms, b]), do: (Process.sleep(ms); body(b))
  def body(["wait", b]), do: (__MODULE__.task_wait(); body(b))
  def body(["trap", b]), do: (Process.flag(:trap_exit, true); body(b))
  def body(["exit", r]), do: exit(:oracle.dec(r))
  def body(["error", r]), do: :erlang.error(:oracle.dec(r))
  def body(["throw", x]), do: throw(:oracle.dec(x))
  def body(["links"]), do: (:oracle.op(:links, %{}) |> elem(1))
  def body(["callers"]), do: (for p <- Process.get(:"$callers"), do: name(p))
  def body(["nest", t, b]), do: Task.await(Task.async(task_fun(t, b, nil)), :infinity)
end

OracleEx.main(System.argv())
