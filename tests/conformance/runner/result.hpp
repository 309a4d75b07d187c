// SPDX-License-Identifier: BSL-1.0
#pragma once
#include "reason.hpp"
#include "recorder.hpp"
#include <coppice/error.hpp>

// The results of steps and operations, as they stand under "res" (scenario.md, section 1.3).
namespace conformance {

/// Nothing: the step has no result of its own.
using step_result = std::optional<json::object>;

inline json::object ok() { return {{"result", "ok"}}; }
inline json::object noproc() { return {{"result", "noproc"}}; }
inline json::object undefined() { return {{"result", "undefined"}}; }
inline json::object ignored() { return {{"result", "ignore"}}; }
inline json::object refused(json::value reason) {
    return {{"result", "error"}, {"reason", std::move(reason)}};
}
inline json::object exited(json::value reason) {
    return {{"result", "exit"}, {"reason", std::move(reason)}};
}
inline json::object raised_error(json::value reason) {
    return {{"result", "raised"}, {"reason", std::move(reason)}};
}
inline json::object reply(json::value v) { return {{"result", "reply"}, {"value", std::move(v)}}; }
inline json::object value(json::value v) { return {{"result", "value"}, {"value", std::move(v)}}; }

/// What OTP would exit with for a call that failed, without the `{gen_server, call, _}` around it.
inline json::object exited(const coppice::failure& why) {
    if (why.code == coppice::errc::exited)
        return exited(to_json(why.reason));
    return exited(to_json(coppice::detail::exit_reason_of(why)));
}

} // namespace conformance
