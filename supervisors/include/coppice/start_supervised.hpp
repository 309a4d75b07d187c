// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <boost/assert/source_location.hpp>
#include <coppice/assert_receive.hpp>
#include <coppice/detail/exploration.hpp>
#include <coppice/detail/log_argument.hpp>
#include <coppice/supervisor.hpp>
#include <coppice/testing.hpp>

namespace coppice::detail {

/// Calls `f`; what does not hold in it does not hold at this place.
template <class F>
decltype(auto) at_place(const boost::source_location& where, F f) {
    try {
        return f();
    } catch (const testing::receive_failed& e) {
        throw testing::receive_failed{e.sentence(), where};
    }
}

std::string value_text(const log_argument& value);
/// A value as a log line shows it; empty where a log line takes none of its type.
template <class T>
std::string text_of_value(const T& value) {
    if constexpr (std::is_constructible_v<log_argument, const T&>)
        return value_text(log_argument{value});
    else
        return {};
}
[[noreturn]] void fail_unequal(std::string got,
                               std::string expected,
                               const boost::source_location& where);

template <class T>
inline constexpr bool is_number = std::signed_integral<T> || std::unsigned_integral<T>;
template <>
inline constexpr bool is_number<bool> = false;
template <>
inline constexpr bool is_number<char> = false;
template <>
inline constexpr bool is_number<wchar_t> = false;
template <>
inline constexpr bool is_number<char8_t> = false;
template <>
inline constexpr bool is_number<char16_t> = false;
template <>
inline constexpr bool is_number<char32_t> = false;

/// Numbers are compared by value, whatever their sign and size.
template <class A, class B>
bool is_equal(const A& a, const B& b) {
    if constexpr (is_number<A> && is_number<B>)
        return std::cmp_equal(a, b);
    else
        return a == b;
}

} // namespace coppice::detail

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
/// **Its expectations** name the place in the test, and are the ones that `explore` understands: a
/// check of a test library that throws nothing fails the test, but not the run that is explored.
///
/// Errors: the expectations throw assertion_failed, or receive_failed, which is one;
/// `start_supervised` throws call_error as `supervisor::start_child` does: `start_failed`
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

    /// Starts a child; a reference to it, or its pid for a `child<task>`. `explore` injects no
    /// fault meanwhile.
    template <class S>
    coppice::detail::started_as<S> start_supervised(child_of<S> child) {
        const coppice::detail::faults_paused here;
        return supervisor::start_child(sup_, std::move(child));
    }
    /// The same, with the faults of `explore`.
    template <class S>
    result<coppice::detail::started_as<S>> try_start_supervised(child_of<S> child) {
        return supervisor::try_start_child(sup_, std::move(child));
    }
    /// Stops one before the end, and forgets it. Errors: `not_found`.
    void stop_supervised(std::string_view id);

    // --- expectations ---

    /// Errors: assertion_failed with the sentence, if the condition is false.
    void check(bool condition,
               std::string_view sentence,
               boost::source_location where = BOOST_CURRENT_LOCATION);
    /// Errors: assertion_failed: `got 15, expected 10`.
    template <class A, class B>
    void check_equal(const A& got,
                     const B& expected,
                     boost::source_location where = BOOST_CURRENT_LOCATION) {
        if (!coppice::detail::is_equal(got, expected))
            coppice::detail::fail_unequal(coppice::detail::text_of_value(got),
                                          coppice::detail::text_of_value(expected), where);
    }
    /// As the functions of the same names, see assert_receive.hpp.
    template <class M>
    M assert_receive(time_limit timeout = default_receive_timeout,
                     boost::source_location where = BOOST_CURRENT_LOCATION) {
        return coppice::detail::at_place(
            where, [&] { return coppice::testing::assert_receive<M>(timeout); });
    }
    template <class F, class M = typename coppice::detail::pattern_type<F>::type>
    requires(!std::is_void_v<M>) M
        assert_receive(F which,
                       time_limit timeout = default_receive_timeout,
                       boost::source_location where = BOOST_CURRENT_LOCATION) {
        return coppice::detail::at_place(
            where, [&] { return coppice::testing::assert_receive(std::move(which), timeout); });
    }
    template <class M>
    void refute_receive(time_limit timeout = default_receive_timeout,
                        boost::source_location where = BOOST_CURRENT_LOCATION) {
        coppice::detail::at_place(where, [&] { coppice::testing::refute_receive<M>(timeout); });
    }
    template <class F, class M = typename coppice::detail::pattern_type<F>::type>
    requires(!std::is_void_v<M>) void refute_receive(
        F which,
        time_limit timeout = default_receive_timeout,
        boost::source_location where = BOOST_CURRENT_LOCATION) {
        coppice::detail::at_place(
            where, [&] { coppice::testing::refute_receive(std::move(which), timeout); });
    }

    /// What this test has started, as a supervisor: for `which_children` and `to_text`.
    const server_ref<supervisor>& children() const noexcept { return sup_; }

private:
    server_ref<supervisor> sup_;
    int unwinding_;
};

} // namespace coppice::testing
