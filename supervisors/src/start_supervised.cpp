// SPDX-License-Identifier: BSL-1.0
#include <coppice/start_supervised.hpp>
#include <coppice/this_process.hpp>
#include <exception>
#include <fmt/format.h>
#include <limits>

namespace coppice::detail {

std::string value_text(const log_argument& value) {
    switch (value.what) {
    case log_argument::kind::text:
        return fmt::format("\"{}\"", value.text);
    case log_argument::kind::integer:
        return fmt::format("{}", value.integer);
    case log_argument::kind::natural:
        return fmt::format("{}", value.natural);
    case log_argument::kind::real:
        return fmt::format("{}", value.real);
    case log_argument::kind::boolean:
        return value.natural != 0 ? "true" : "false";
    case log_argument::kind::character:
        return fmt::format("'{}'", value.character);
    }
    return {};
}

void fail_unequal(std::string got, std::string expected, const boost::source_location& where) {
    throw testing::assertion_failed{got.empty() || expected.empty()
                                        ? std::string{"the two values differ"}
                                        : fmt::format("got {}, expected {}", got, expected),
                                    where};
}

} // namespace coppice::detail

namespace coppice::testing {

// Linked: a test that is killed takes its children with it.
test::test()
    : sup_{start_link<supervisor>(
          supervisor_flags{.intensity = std::numeric_limits<unsigned>::max(),
                           .intensity_warning = false},
          std::vector<child_spec>{})},
      unwinding_{std::uncaught_exceptions()} {}

test::~test() noexcept(false) {
    // A process that unwinds because it was killed cannot wait. The supervisor is still linked to
    // it then, and to one that fails for another reason as well: it ends with its process.
    if (std::uncaught_exceptions() > unwinding_) {
        sup_.process().exit(exit_reason::shutdown);
        return;
    }
    this_process::unlink(sup_); // its end is no failure of the test
    sup_.try_stop(exit_reason::shutdown);
}

void test::check(bool condition, std::string_view sentence, boost::source_location where) {
    if (!condition)
        throw assertion_failed{std::string{sentence}, where};
}

void test::stop_supervised(std::string_view id) {
    supervisor::terminate_child(sup_, id);
    // A temporary child has been forgotten already.
    const auto forgotten = supervisor::try_delete_child(sup_, id);
    if (!forgotten && forgotten.error().code != errc::not_found)
        forgotten.value();
}

} // namespace coppice::testing
