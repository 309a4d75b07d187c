// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <any>
#include <concepts>
#include <coppice/error.hpp>
#include <coppice/pid.hpp>
#include <optional>

namespace coppice {

/// A child that was started, and what its start function had to say besides.
struct started_child {
    pid process = {};   ///< null when the child called `ignore`
    std::any info = {}; ///< OTP's `{ok, Pid, Info}`; empty for most
};

/// What a start function answers: a process, "no process, and that is no failure", or a failure.
///
/// Made from what `spawn_link`, `start_link` and `try_start_link` return.
///
/// Shape: exactly one of the three.
/// Errors: none of its own; `error()` carries those of the start.
/// Context: a value; one thread at a time.
/// Source: OTP supervisor, `startchild_ret()`: `{ok, Pid}`, `{ok, Pid, Info}`, `ignore`,
/// `{error, R}`.
class start_result {
public:
    /// A process that is linked to the caller.
    start_result(pid process) : child_{.process = process} {}
    start_result(started_child child) : child_{std::move(child)} {}
    /// `errc::ignored` becomes `ignored()`.
    start_result(result<pid> started);
    template <class Ref>
    requires(std::convertible_to<const Ref&, pid> && !std::same_as<Ref, pid>)
        start_result(const Ref& started)
        : start_result{static_cast<pid>(started)} {}
    template <class Ref>
    requires(std::convertible_to<const Ref&, pid> && !std::same_as<Ref, pid>)
        start_result(const result<Ref>& started)
        : start_result{started ? result<pid>{static_cast<pid>(*started)}
                               : result<pid>{started.error()}} {}
    start_result(failure why) : failure_{std::move(why)} {}

    static start_result ignored() { return start_result{pid{}}; }
    static start_result failed(exit_reason why) {
        return start_result{failure{errc::start_failed, std::move(why)}};
    }

    bool ok() const noexcept { return !failure_; }
    bool is_ignored() const noexcept { return ok() && !child_.process; }
    const pid& process() const noexcept { return child_.process; }
    started_child& child() noexcept { return child_; }
    const failure& error() const noexcept { return *failure_; }

private:
    started_child child_;
    std::optional<failure> failure_;
};

} // namespace coppice
