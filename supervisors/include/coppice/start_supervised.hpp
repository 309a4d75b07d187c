// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <coppice/assert_receive.hpp>
#include <coppice/supervisor.hpp>
#include <coppice/testing.hpp>

namespace coppice::testing {

/// What a test starts, under a supervisor of its own: all of it is gone when the test ends, also
/// when it ends by a failed check.
///
///     testing::simulation{}.run([] {
///         testing::test t;
///         const server_ref<counter> c = t.start_supervised(child<counter>("counter", 0));
///         c.cast(add{5});
///         BOOST_TEST(c.call(total{}) == 5);
///     });                                          // the counter has ended here
///
/// The children are stopped in the reverse order of their start, each as its spec says, and the
/// object's end waits for that. One that crashes is restarted as its spec says, without limit. It
/// works with any test library: what fails is thrown.
///
/// **A whole tree** is one child: `t.start_supervised(child<supervisor>("tree", {}, {...}))`.
///
/// Errors: `start_supervised` throws call_error as `supervisor::start_child` does: `start_failed`
/// with the child's reason, `already_started` for an id that runs.
/// Context: made, used and destroyed in one process, by its owner only. When the process is killed,
/// the children end with it, and that is not waited for.
/// Source: Elixir, ExUnit.Callbacks, start_supervised/2 and stop_supervised/1.
class test {
public:
    test();
    ~test() noexcept(false);
    test(const test&) = delete;
    test& operator=(const test&) = delete;

    /// Starts a child; a reference to it, or its pid for a `child<task>`.
    template <class S>
    coppice::detail::started_as<S> start_supervised(child_of<S> child) {
        return supervisor::start_child(sup_, std::move(child));
    }
    template <class S>
    result<coppice::detail::started_as<S>> try_start_supervised(child_of<S> child) {
        return supervisor::try_start_child(sup_, std::move(child));
    }
    /// Stops one before the end, and forgets it. Errors: `not_found`.
    void stop_supervised(std::string_view id);

    /// What this test has started, as a supervisor: for `which_children` and `to_text`.
    const server_ref<supervisor>& children() const noexcept { return sup_; }

private:
    server_ref<supervisor> sup_;
    int unwinding_;
};

} // namespace coppice::testing
