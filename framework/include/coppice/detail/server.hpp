// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <coppice/names.hpp>
#include <coppice/process.hpp>
#include <memory>
#include <optional>

// What the runtime must know of a server class, and how one starts.
namespace coppice::detail {

struct server_type {
    std::string_view name;
    std::size_t size;
    std::size_t align;
    void (*destroy)(void*) noexcept;
    void (*terminate)(void*, const exit_reason&); // null: has none
    // Everything untyped: down, exit_signal, timeout, what came by pid. False: no handler.
    bool (*on_message)(void*, message&&);
    std::string (*format_status)(const void*); // null: has none
    bool keep_state = false; // an error in a handler goes to its caller; the server serves on
    bool keeps_normal_priority = false; // stays on the normal threads, however much it computes
    bool skips_late_requests = false;   // where its start says nothing
    void* (*engine)(void*) = nullptr;   // of a server that a behaviour runs: see engine.hpp
    std::string_view behaviour = "gen_server"; // for sys::get_status
};

/// Constructs the server object in the place that the runtime gives, in the new process.
struct starter {
    virtual void construct(void* where) const = 0;
    virtual ~starter() = default;
};

/// Claims a key for a process that is about to be constructed: one that is registered under a
/// `registry`'s key. Nothing: the process has it.
struct key_claim {
    virtual std::optional<failure> claim(pid process) const = 0;

protected:
    ~key_claim() = default;
};

struct server_start_options {
    bool link = false;
    monitor_ref* monitor = nullptr;
    std::string_view name = {}; // registered before the constructor runs; empty: none
    const name_binding* binding = nullptr;
    const key_claim* key = nullptr; // the same for a key
    time_limit timeout = infinity;  // for the constructor
    mailbox_limit mailbox = {};
    std::optional<bool> skip_late_requests = {}; // nothing: as the class says
};

/// Starts a server; returns when its constructor is done, or when the timeout has passed. `s` lies
/// on the starter's stack: then the starter waits there all the same until the constructor has
/// unwound, or ended.
///
/// Errors: start_failed (with the reason), ignored, already_started (the reason's text names the
/// holder), timeout (the process is killed). Nothing is left behind: no process, no name.
result<pid> start_server(const server_type& type, const starter& s, const server_start_options& o);
/// The same with a starter that owns all that the constructor uses: the timeout holds whatever that
/// does. Takes over `s`, which was made by `new`.
result<pid> start_server(const server_type& type, const starter* s, const server_start_options& o);
bool has_timeout(const server_start_options& o) noexcept;

/// OTP's gen:stop. Errors: noproc, timeout, or exited with the other reason it ended with.
result<void> stop_server(pid server, const exit_reason& reason, time_limit timeout);

/// Queues a continue: it runs before the next message.
void post_continue(envelope* n);

/// sys:suspend and sys:resume: a suspended server handles nothing but the runtime's own requests
/// and its parent's exit. A function process that takes part (system_request.hpp) receives nothing.
result<void> suspend_server(pid server, time_limit timeout = default_call_timeout);
result<void> resume_server(pid server, time_limit timeout = default_call_timeout);

} // namespace coppice::detail
