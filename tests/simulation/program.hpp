// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <cstdint>
#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

// A simulated program is a list of steps, as plain data. Any part of the list is a program, too: so
// a program can be shrunk.
namespace simulation {

/// When a step of an actor runs.
enum class phase : std::uint8_t {
    body,        ///< in the function of a function process; one for each message in a server
    constructor, ///< of a server
    terminate,   ///< of a server
    destructor,  ///< of a server, or of a local object of the function
};

enum class op : std::uint8_t {
    start,     ///< starts the target if it does not live; number: plain, linked, monitored, limited
    send,      ///< by pid
    cast,      ///< to a server
    try_cast,  ///< number: the limit
    call,      ///< number: the limit; a failure leaves the step as an exception
    try_call,  ///< number: the limit
    ask_later, ///< the same to a handler that keeps its caller
    request,   ///< send_request; the answer is collected later, or dropped
    collect,   ///< number: the limit
    answer,    ///< answers the oldest kept caller
    drop,      ///< drops the oldest kept caller
    send_after, ///< number: the delay
    cancel,     ///< the newest timer
    link,
    unlink,
    monitor,
    demonitor, ///< the newest; odd number: flush
    trap,      ///< odd number: on
    exit,      ///< an exit signal; number: the reason
    leave,     ///< this_process::exit; number: the reason
    fail,      ///< throws
    finish,    ///< a function returns, a server stops; number: the reason
    receive,   ///< number: the limit
    sleep,     ///< number: the time
    yield,
    idle,   ///< idle_timeout; number: the time
    resume, ///< continue_with
    name,   ///< register_name; number: the name
    unname, ///< unregister_name; number: the name
    find,   ///< whereis; number: the name
    stop,   ///< stops a server from outside; number: the limit
    info,   ///< asks for process_info
    remove, ///< supervisor: terminate_child
    renew,  ///< supervisor: restart_child
    count,  ///< supervisor: count_children

    // Of a module, which modules.hpp has. The number chooses a key, a process, and so on.
    key,            ///< registry: register_key
    unkey,          ///< registry: unregister_key
    value,          ///< registry: update_value
    lookup,         ///< registry: whereis, lookup, keys, count
    share,          ///< duplicate_registry: register_key
    unshare,        ///< duplicate_registry: unregister_key, unregister_if
    dispatch,       ///< duplicate_registry: dispatch, count
    join,           ///< pg
    leave_group,    ///< pg: leave
    members,        ///< pg: get_members, which_groups
    watch,          ///< pg: monitor
    unwatch,        ///< pg: demonitor
    press,          ///< gen_statem: an event that one of the states postpones
    question,       ///< gen_statem: a call that one of the states postpones; number: the limit
    turn,           ///< gen_statem: an event that changes the state
    add_handler,    ///< gen_event: add_handler, add_sup_handler
    delete_handler, ///< gen_event
    swap_handler,   ///< gen_event
    notify,         ///< gen_event
    sync_notify,    ///< gen_event
    ask_handler,    ///< gen_event: call
    async,          ///< task: async_task, async_nolink, under a supervisor or not
    await,          ///< the newest task: await, yield or shutdown; number: the limit
    close_task,     ///< the newest task: drops its handle, ignore, shutdown by a kill
    await_many,     ///< all tasks; number: the limit
    stream,         ///< async_stream
    update,         ///< agent; number: the limit
    route,          ///< partitions: a call by key; number: the limit
    strike,         ///< an exit signal to a process of a module; number: the reason
    revive,         ///< starts the processes of the modules that do not run
};

enum class kind : std::uint8_t { function, server, child };

struct actor {
    kind what = kind::function;
    std::uint32_t bound = 0;
    int policy = 0; ///< overflow_policy
    bool traps = false;
};

struct step {
    int actor = 0;
    phase when = phase::body;
    op what = op::yield;
    int target = 0;
    int number = 0;
    bool swallow = false; ///< catches every exception of the step, a kill as well
    int bomb = 0;         ///< a message whose destructor waits or sends
};

struct program {
    std::uint64_t seed = 1; ///< chooses the process that runs next
    std::vector<actor> actors;
    std::vector<step> steps;
};

/// What may be left out of programs; see `known` in README.md.
enum feature : std::uint32_t {
    extreme_times = 1 << 0, ///< durations at the ends of their range
    swallowing = 1 << 1,    ///< steps that catch everything
    bombs = 1 << 2,         ///< destructors of messages that do something
    dying_acts = 1 << 3,    ///< destructors that send, cast, link, ...
    dying_waits = 1 << 4,   ///< destructors that wait or call
    terminate_acts = 1 << 5,
    constructor_acts = 1 << 6,
    bounds = 1 << 7,
    links = 1 << 8,
    monitors = 1 << 9,
    timers = 1 << 10,
    names = 1 << 11,
    idling = 1 << 12,  ///< idle_timeout, continue_with
    keeping = 1 << 13, ///< callers that are answered later
    requests = 1 << 14,
    trees = 1 << 15,
    kills = 1 << 16,
    stops = 1 << 17, ///< a server is stopped from outside
    registries = 1 << 18,
    groups = 1 << 19,
    machines = 1 << 20,
    events = 1 << 21,
    tasks = 1 << 22,
    agents = 1 << 23,
    partitioned = 1 << 24,
    all_features = (1 << 25) - 1,
};
/// 0 when there is no such feature.
std::uint32_t feature_of(std::string_view name);

program generate(std::uint64_t seed, std::uint32_t features);
/// No finite time is longer than some milliseconds: for real time.
void shorten(program& p);

void print(std::ostream& out, const program& p);
/// Throws std::runtime_error with the line that is no line of a program.
program parse(std::istream& in);
std::string text(const step& s);

// --- what the numbers mean ---

inline constexpr int usual_times = 8, all_times = 18;
std::string_view time_text(int number);
inline constexpr int reasons = 6;
std::string_view reason_text(int number);
inline constexpr int names_in_use = 3;

} // namespace simulation
