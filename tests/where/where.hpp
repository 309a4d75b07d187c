// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <coppice.hpp>
#include <functional>
#include <span>
#include <string>
#include <string_view>

// The table of docs/reference/where.md: what each public function answers wherever it is called.
namespace where {

/// Where a function is called: the columns.
enum class place {
    before_start, ///< a plain thread, and the runtime does not run yet
    plain_thread,
    process, ///< a function process
    constructor,
    handler,
    terminate,
    dying_destructor, ///< of a local object of a process that was killed
    asio_handler,     ///< one without use_process
    blocking,
    during_stop, ///< a plain thread, while another one stops the runtime
    after_stop,
};
inline constexpr std::size_t places = 11;

// --- what the functions are called with ---

struct note {};
struct question {
    using reply = int;
};
class server {
public:
    void handle_cast(note) {}
    void handle_info(note) {}
    void handle_info(coppice::message) {}
    int handle_call(question) { return 1; }
    void handle_continue(note) {}
};
inline constexpr coppice::server_name<server> new_name{"new"};

/// What there is while the runtime runs; before the start all of it is null.
struct call_targets {
    coppice::server_ref<server> target;
    coppice::pid other; ///< a function process
    coppice::server_ref<coppice::supervisor> tree;
};
extern call_targets targets;

/// A public function: a row. It returns its outcome in a word or two; `yes` if it has no value.
struct function {
    std::string_view name;
    std::string (*call)();
};
std::span<const function> functions();
std::span<const function> module_functions(); ///< what is above servers and trees
std::span<const function> asio_functions();

/// The word for what a call threw, or what it returned. An exception that ends the process passes
/// on where it may.
std::string outcome(std::string (*call)());

/// Calls in a place, in this program, and returns the outcome. Once in a program.
std::string call_in(place where, std::string (*call)());

/// The expected word of each cell, in the order of the places.
struct row {
    std::string_view name;
    std::string_view words[places];
};
std::span<const row> expected();

} // namespace where
