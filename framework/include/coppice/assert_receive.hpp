// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <boost/assert/source_location.hpp>
#include <coppice/receive.hpp>

/// What a test expects of its own mailbox, in ExUnit's words:
///
///     the_server.cast(subscribe{this_process::self()});
///     const news n = testing::assert_receive<news>();
///     testing::assert_receive([](const news& n) { return n.topic == "rain"; });
///     testing::refute_receive<news>();
///
/// A failed one throws `receive_failed`, whose sentence shows what lies in the mailbox instead:
/// `no news came within 100 ms; 3 messages lie in the mailbox: pong (twice), coppice::down`. Any
/// test library reports it as it reports an exception. Messages that are not asked for stay.
///
/// Units: the timeout is virtual time in a `simulation`; ExUnit's 100 ms where nothing is said.
/// Errors: receive_failed; std::logic_error outside a process.
/// Context: inside a process; suspends it. In a server they see what came by pid.
/// Source: Elixir, ExUnit.Assertions.
namespace coppice::detail {
[[noreturn]] void missing_message(std::string_view type, bool guarded, time_limit timeout);
[[noreturn]] void unexpected_message_came(std::string_view type, bool guarded);

template <class M, class F>
std::optional<M> next_such(F which, time_limit timeout) {
    return this_process::receive(
        when(std::move(which), [](M m) { return std::optional<M>{std::move(m)}; }),
        after(timeout, [] { return std::optional<M>{}; }));
}
} // namespace coppice::detail

namespace coppice::testing {

/// What a test expects does not hold. Each test library reports it as it reports an exception.
///
/// Context: a value; one thread at a time.
class assertion_failed : public std::exception {
public:
    explicit assertion_failed(std::string sentence, boost::source_location where = {});
    /// The sentence, and behind it the place where there is one.
    const char* what() const noexcept override { return what_.c_str(); }
    const std::string& sentence() const noexcept { return sentence_; }
    /// Line 0: it was not said.
    const boost::source_location& where() const noexcept { return where_; }

private:
    std::string what_;
    std::string sentence_;
    boost::source_location where_;
};

/// A message that did not come, or one that should not have come.
///
/// Context: a value; one thread at a time.
class receive_failed : public assertion_failed {
public:
    using assertion_failed::assertion_failed;
};

/// ExUnit's time for a message to come, or not to come.
inline constexpr std::chrono::milliseconds default_receive_timeout{100};

/// `3 messages lie in the mailbox: pong (twice), coppice::down`, the oldest first; of a great
/// number the oldest ten kinds. `the mailbox is empty`.
///
/// Context: inside a process; does not suspend.
std::string mailbox_text();

/// Takes the next M out of the mailbox, and waits for it if there is none.
template <class M>
M assert_receive(time_limit timeout = default_receive_timeout);
/// The same for the next M of which `which` says true; the type is that of its parameter.
template <class F, class M = typename detail::pattern_type<F>::type>
requires(!std::is_void_v<M>) M
    assert_receive(F which, time_limit timeout = default_receive_timeout);

/// Waits until the timeout has passed, and no M may come. One that is there already counts.
template <class M>
void refute_receive(time_limit timeout = default_receive_timeout);
/// The same for an M of which `which` says true.
template <class F, class M = typename detail::pattern_type<F>::type>
requires(!std::is_void_v<M>) void refute_receive(F which,
                                                 time_limit timeout = default_receive_timeout);

// --- the same, written out ---

template <class M>
M assert_receive(time_limit timeout) {
    auto m = this_process::receive<M>(timeout);
    if (!m)
        detail::missing_message(detail::type_name<M>(), false, timeout);
    return std::move(*m);
}

template <class F, class M>
requires(!std::is_void_v<M>) M assert_receive(F which, time_limit timeout) {
    auto m = detail::next_such<M>(std::move(which), timeout);
    if (!m)
        detail::missing_message(detail::type_name<M>(), true, timeout);
    return std::move(*m);
}

template <class M>
void refute_receive(time_limit timeout) {
    if (this_process::receive<M>(timeout))
        detail::unexpected_message_came(detail::type_name<M>(), false);
}

template <class F, class M>
requires(!std::is_void_v<M>) void refute_receive(F which, time_limit timeout) {
    if (detail::next_such<M>(std::move(which), timeout))
        detail::unexpected_message_came(detail::type_name<M>(), true);
}

} // namespace coppice::testing
