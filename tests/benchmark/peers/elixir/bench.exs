# SPDX-License-Identifier: BSL-1.0
# The workloads of docs/reference/workloads.md that Elixir has a module for: `elixir bench.exs W18`.
# The code is in modules, so it is compiled: what stands in a script outside of one is interpreted.
defmodule Bench do
  def report(workload, figure, value, unit, checked) do
    number = :erlang.float_to_binary(value / 1, [{:decimals, 4}, :compact])

    IO.puts(
      ~s({"workload":"#{workload}","figure":"#{figure}","value":#{number},"unit":"#{unit}","checked":#{checked}})
    )

    checked || System.halt(1)
  end

  def stopwatch, do: :erlang.monotonic_time(:nanosecond)
  def ns_each(start, n), do: (stopwatch() - start) / n
end

# The generator of the other sides (std::minstd_rand).
defmodule Rand do
  def next(r), do: rem(r * 48_271, 2_147_483_647)
end

defmodule Counter do
  use GenServer
  def start, do: GenServer.start(__MODULE__, 0)
  def init(n), do: {:ok, n}
  def handle_cast({:add, by}, n), do: {:noreply, n + by}
  def handle_call(:get, _from, n), do: {:reply, n, n}
  def handle_call({:register, registry, key}, _from, n), do: {:reply, Registry.register(registry, key, nil), n}
end

defmodule Keys do
  @keys 100_000
  @lookups 10_000_000

  def run do
    {:ok, _} = Registry.start_link(keys: :unique, name: Known, partitions: System.schedulers_online())
    lookups()
    lives()
    {:ok, _} = Registry.start_link(keys: :duplicate, name: Topics)
    dispatch()
  end

  defp lookups do
    all = for i <- 0..(@keys - 1), do: "key #{i}"

    servers =
      for key <- all do
        {:ok, server} = Counter.start()
        {:ok, _} = GenServer.call(server, {:register, Known, key})
        server
      end

    # A literal of the whole system: readers share it, as the threads of the other sides do.
    :persistent_term.put(:all, List.to_tuple(all))
    {ns, right} = look_up(1)
    Bench.report("W18", "ns_per_lookup", ns / @lookups, "ns", right)
    readers = for seed <- [2, 3], do: Task.async(fn -> look_up(seed) end)
    results = Task.await_many(readers, :infinity)
    slowest = results |> Enum.map(&elem(&1, 0)) |> Enum.max()

    Bench.report("W18", "ns_per_lookup_two_readers", slowest / (2 * @lookups), "ns", Enum.all?(results, &elem(&1, 1)))

    for server <- servers, do: GenServer.stop(server, :normal, :infinity)
  end

  defp look_up(seed) do
    all = :persistent_term.get(:all)
    start = Bench.stopwatch()
    right = look_up(all, seed, @lookups, true)
    {Bench.stopwatch() - start, right}
  end

  defp look_up(_all, _r, 0, right), do: right

  defp look_up(all, r, n, right) do
    r = Rand.next(r)
    found = Registry.whereis_name({Known, elem(all, rem(r, @keys))})
    look_up(all, r, n - 1, right and is_pid(found))
  end

  # A process registers itself and exits: 100 at a time.
  defp lives do
    lives = 1_000_000
    start = Bench.stopwatch()
    for i <- 0..(lives - 1)//100, do: hundred(i)
    ns = Bench.ns_each(start, lives)
    # A Registry is told of an exit by a message: it may come later than ours.
    Bench.report("W18", "ns_per_register_and_exit", ns, "ns", empty?(100))
  end

  defp hundred(i) do
    monitors =
      for j <- 0..99 do
        {_, monitor} =
          spawn_monitor(fn -> {:ok, _} = Registry.register(Known, Integer.to_string(i + j), nil) end)

        monitor
      end

    for monitor <- monitors do
      receive do
        {:DOWN, ^monitor, :process, _, :normal} -> :ok
      end
    end
  end

  defp empty?(0), do: false

  defp empty?(tries) do
    if Registry.count(Known) == 0 do
      true
    else
      Process.sleep(50)
      empty?(tries - 1)
    end
  end

  # A copy of a message to each of 1,000 servers under one key.
  defp dispatch do
    servers = 1_000
    times = 1_000

    all =
      for _ <- 1..servers do
        {:ok, server} = Counter.start()
        {:ok, _} = GenServer.call(server, {:register, Topics, "news"})
        server
      end

    start = Bench.stopwatch()

    for _ <- 1..times do
      Registry.dispatch(Topics, "news", fn entries ->
        for {server, _} <- entries, do: GenServer.cast(server, {:add, 1})
      end)
    end

    right = Enum.all?(all, fn server -> GenServer.call(server, :get, :infinity) == times end)
    Bench.report("W18", "ns_per_dispatched_message", Bench.ns_each(start, servers * times), "ns", right)
  end
end

defmodule Streams do
  @elements 100_000

  def run do
    measure("ns_per_element", [])
    measure("ns_per_element_100_at_once", max_concurrency: 100)
    measure("ns_per_element_unordered", max_concurrency: 100, ordered: false)
  end

  defp measure(figure, options) do
    start = Bench.stopwatch()

    sum =
      1..@elements
      |> Task.async_stream(fn n -> 2 * n end, options)
      |> Enum.reduce(0, fn {:ok, n}, sum -> sum + n end)

    ns = Bench.ns_each(start, @elements)
    Bench.report("W19", figure, ns, "ns", sum == @elements * (@elements + 1))
  end
end

# In a process of its own, as the Erlang side does.
run = fn work -> Task.async(work) |> Task.await(:infinity) end

case System.argv() do
  ["W18"] -> run.(&Keys.run/0)
  ["W19"] -> run.(&Streams.run/0)
  _ -> System.halt(2)
end
