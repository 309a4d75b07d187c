// SPDX-License-Identifier: BSL-1.0
#include <boost/test/unit_test.hpp>
#include <coppice/exit_reason.hpp>
#include <coppice/log_record.hpp>
#include <coppice/process.hpp>
#include <coppice/receive.hpp>
#include <coppice/report.hpp>
#include <coppice/runtime.hpp>
#include <coppice/this_process.hpp>
#include <optional>
#include <stdexcept>
#include <vector>

using namespace coppice;

namespace {

[[gnu::noinline]] void the_place_where_it_happens() { throw std::out_of_range{"no such drawer"}; }
[[gnu::noinline]] void its_caller() {
    the_place_where_it_happens();
    asm volatile(""); // no tail call
}
[[gnu::noinline]] void thrown_and_caught() {
    try {
        throw std::runtime_error{"a detail"};
    } catch (const std::runtime_error&) {}
}
[[gnu::noinline]] void caught_and_thrown_again() {
    try {
        its_caller();
    } catch (const std::exception&) {
        thrown_and_caught();
        throw;
    }
}
struct busy_destructor {
    ~busy_destructor() { thrown_and_caught(); }
};
[[gnu::noinline]] void thrown_through_a_busy_destructor() {
    const busy_destructor d;
    its_caller();
}

/// The trace in the crash report of a process that runs `f`; empty if there is no report.
template <class F>
std::optional<std::string> trace_of_crash(F f) {
    std::optional<std::string> trace;
    const auto watch = log::subscribe(severity::error, [&](const log::record& r) {
        if (const auto* c = r.get_if<process_crashed>())
            trace = c->reason.crash() ? c->reason.crash()->trace() : "";
    });
    runtime::run([&] {
        const monitor_ref end = this_process::monitor(spawn(f));
        this_process::receive(when([&](const down& d) { return d.ref == end; }, [](down) {}));
    });
    return trace;
}

std::size_t place_of(const std::string& text, std::string_view what) { return text.find(what); }

} // namespace

BOOST_AUTO_TEST_SUITE(throw_trace_suite)

BOOST_AUTO_TEST_CASE(a_crash_report_says_where_the_exception_was_thrown) {
    const auto trace = trace_of_crash([] { its_caller(); });
    BOOST_REQUIRE(trace);
    const std::size_t inner = place_of(*trace, "the_place_where_it_happens");
    const std::size_t outer = place_of(*trace, "its_caller");
    BOOST_TEST_CONTEXT(*trace) {
        BOOST_TEST(inner != std::string::npos);
        BOOST_TEST(outer != std::string::npos);
        BOOST_TEST(inner < outer);
        BOOST_TEST(place_of(*trace, "__cxa_throw") == std::string::npos);
        BOOST_TEST(place_of(*trace, "coppice::detail") == std::string::npos);
    }
}

BOOST_AUTO_TEST_CASE(an_exception_that_is_thrown_again_keeps_its_place) {
    const auto trace = trace_of_crash([] { caught_and_thrown_again(); });
    BOOST_TEST(place_of(trace.value(), "the_place_where_it_happens") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(throws_in_between_do_not_hide_it) {
    const auto trace = trace_of_crash([] { thrown_through_a_busy_destructor(); });
    BOOST_TEST(place_of(trace.value(), "the_place_where_it_happens") != std::string::npos);
    BOOST_TEST(place_of(trace.value(), "thrown_and_caught") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(an_exception_that_was_never_thrown_has_no_place) {
    const auto reason =
        exit_reason::from_exception(std::make_exception_ptr(std::runtime_error{"x"}));
    BOOST_TEST(reason.crash()->trace().empty());
}

BOOST_AUTO_TEST_CASE(an_exit_on_purpose_is_no_throw) {
    const auto trace = trace_of_crash([] { this_process::exit(exit_reason{"enough"}); });
    BOOST_TEST(trace.value().empty());
}

BOOST_AUTO_TEST_SUITE_END()
