// SPDX-License-Identifier: BSL-1.0
#pragma once
#include "process/exit_exceptions.hpp"
#include "process/process_boundary.hpp"
#include <boost/context/detail/exception.hpp>
#include <functional>

namespace coppice::detail {

/// How user code came back to the runtime.
struct ending {
    enum class how : std::uint8_t { returned, exited, killed, ignored, failed };
    how kind = how::returned;
    exit_reason reason;
};

/// Runs user code; whatever it throws becomes an `ending`. With process_boundary.cpp this is the
/// one place where everything is caught.
template <class F>
ending guarded(F&& f) {
    try {
        f();
        return {};
    } catch (const process_exit& e) {
        return {ending::how::exited, e.reason};
    } catch (const process_killed&) {
        return {ending::how::killed, exit_reason::killed};
    } catch (const process_ignored&) {
        return {ending::how::ignored, exit_reason::normal};
    } catch (const boost::context::detail::forced_unwind&) {
        throw;                          // Boost.Context takes the stack down
    } catch (const std::exception& e) { // nearly all are, and a second throw costs a microsecond
        return {ending::how::failed, reason_of_handled(e)};
    } catch (...) {
        return {ending::how::failed, reason_of_current_exception()};
    }
}

/// Runs `f`; what it throws is kept to be rethrown elsewhere, except what ends the process.
void run_and_keep_exception(const std::function<void()>& f, std::exception_ptr& kept);

} // namespace coppice::detail
