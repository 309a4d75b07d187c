// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <coppice/pid.hpp>
#include <string>
#include <vector>

/// What sys tells of a running process; the verbs are in sys.hpp.
namespace coppice::sys {

/// Something that came to a process or went out of it, while it was debugged.
///
/// Shape: the message's type, not its value.
/// Context: a value. Source: OTP, module sys, `system_event()`.
struct event {
    enum class kind : std::uint8_t {
        in,      ///< a message is about to be handled
        out,     ///< a call was answered
        noreply, ///< a handler has returned and has answered no call
    };
    kind what = kind::in;
    std::string_view message = {}; ///< the type's name; of `out` that of the call
    pid process = {};
    pid peer = {}; ///< of a call its caller; null: a plain thread, or what is no call
    time_limit::clock::time_point at{};

    /// As in `in add`, `out total to <0.7.1>`.
    std::string text() const;
};

/// How many events there were since counting began.
///
/// Context: a value. Source: OTP, `sys:statistics/2`; reductions are not counted here.
struct counts {
    time_limit::clock::time_point start{}; ///< when counting began
    time_limit::clock::time_point now{};   ///< when this was asked
    std::uint64_t messages_in = 0;
    std::uint64_t messages_out = 0; ///< answers to calls
};

/// What `get_status` answers.
///
/// Context: a value. Source: OTP, `sys:get_status/1`.
struct status {
    pid process = {};
    std::string name = {}; ///< registered; may be empty
    pid parent = {};
    std::string behaviour = {}; ///< `gen_server`, `gen_statem`, `agent`, `supervisor`, `function`
    std::string type = {};      ///< the class of the server; of a function its label or its type
    bool suspended = false;
    std::string state = {};  ///< what `format_status()` says; empty without one
    std::size_t waiting = 0; ///< messages, as far as the process has seen them
    bool traced = false;
    std::vector<event> log = {}; ///< as get_log
};

} // namespace coppice::sys
