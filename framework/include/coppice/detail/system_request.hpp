// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <coppice/detail/request.hpp>
#include <coppice/detail/server.hpp>
#include <coppice/sys_status.hpp>
#include <memory>

// What sys asks of a process: requests of kind `system`, which come in order with messages and are
// answered while the process is suspended, too. A function process answers them where it waits in
// `receive`, if it takes part.
namespace coppice::detail {

/// The type of the state that a function of sys is for.
struct state_type {
    const type_identity* key;  // of what a function process takes part with
    const server_type* server; // of a server
};

/// By the `handle` of such a request: calls `run(r, object)` in the process, which stores the
/// answer or returns why there is none. What it throws is the answer `callback_failed`, and the
/// process goes on; a kill passes on, and the end of the process answers.
void answer_by_function(request* r,
                        void* process,
                        const state_type& wanted,
                        std::optional<failure> (*run)(request* r, void* object));

/// For the tables of such requests.
consteval envelope_ops system_function(std::string_view name, void (*handle)(envelope*, void*)) {
    return {.what = envelope_ops::kind::system,
            .key = nullptr,
            .name = name,
            .handle = handle,
            .drop = nullptr,
            .payload = nullptr,
            .is_request = true,
            .is_internal = false,
            .runs_user_code = true};
}

/// Is told each event of a process, there.
struct debug_function {
    virtual ~debug_function() = default;
    /// `state`: the server object. False: it wants no more.
    virtual bool tell(const sys::event& e, void* state) = 0;
};

/// What a function process takes part with; it lies on its stack.
struct system_part {
    const type_identity* key;
    void* state;
    std::string (*format)(const void* state); // null: has none
    system_part* outer = nullptr;
};
/// Errors: std::logic_error outside of a function process.
void enter_system_part(system_part& part);
void leave_system_part(system_part& part) noexcept;

result<sys::status> status_of(pid process, time_limit timeout);

/// Keeps the last `keep` events; 0: none.
result<void> keep_events(pid process, std::size_t keep, time_limit timeout);
result<std::vector<sys::event>> kept_events(pid process, time_limit timeout);
result<void> count_events(pid process, bool on, time_limit timeout);
/// Nothing: they are not counted.
result<std::optional<sys::counts>> counted_events(pid process, time_limit timeout);

/// The id of a tracer, of which a process has at most one. Others are those of new_debug_id.
inline constexpr std::uint64_t tracer_id = 0;
std::uint64_t new_debug_id() noexcept;
/// In place of one with the same id. `wanted`: the state that it looks at; null: it looks at none.
result<void> install_debug(pid process,
                           const state_type* wanted,
                           std::uint64_t id,
                           std::unique_ptr<debug_function> f,
                           time_limit timeout);
/// Without one there is nothing to do, and no error.
result<void> remove_debug(pid process, std::uint64_t id, time_limit timeout);
/// Events are neither told, kept nor counted any more.
result<void> remove_all_debug(pid process, time_limit timeout);

} // namespace coppice::detail
