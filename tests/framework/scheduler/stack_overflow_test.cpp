// SPDX-License-Identifier: BSL-1.0
#include "child_program_output.hpp"
#include "support/sanitizer.hpp"
#include <boost/test/unit_test.hpp>
#include <coppice/names.hpp>
#include <coppice/process.hpp>
#include <coppice/runtime.hpp>
#include <coppice/this_process.hpp>
#include <string>

using namespace coppice;

namespace {

volatile bool deeper = true;

/// The default size of a stack, with the part that a sanitizer adds.
constexpr std::size_t stack_size = 64 * 1024 * detail::sanitizer::frame_factor;

/// Needs an infinite stack.
[[gnu::noinline]] int recurse(int depth) {
    volatile char frame[256] = {};
    frame[depth & 255] = 1;
    return deeper ? recurse(depth + 1) + frame[0] : 0;
}

/// A message that is larger than a stack, as a local of a function that touches its far end first.
[[gnu::noinline]] void large_frame() {
    volatile char frame[stack_size + 85'000];
    frame[0] = 1;
    static_cast<void>(frame[0]);
}

} // namespace

BOOST_AUTO_TEST_SUITE(stack_overflow_suite)

BOOST_AUTO_TEST_CASE(an_overflow_ends_the_program_and_names_the_process,
                     *boost::unit_test::precondition(this_is_the_only_thread{})) {
    const child_program_output end = output_of_child_program([] {
        runtime::run([] {
            register_name("the_deep_one", this_process::self());
            recurse(0);
        });
    });
    BOOST_TEST_CONTEXT(end.text) {
        BOOST_TEST(end.text.find("coppice: stack overflow in <") != std::string::npos);
        BOOST_TEST(end.text.find("> the_deep_one (") != std::string::npos);
        BOOST_TEST(end.text.find("its stack has " + std::to_string(stack_size) + " bytes") !=
                   std::string::npos);
        BOOST_TEST(end.signal == SIGSEGV);
    }
}

BOOST_AUTO_TEST_CASE(a_frame_that_is_larger_than_the_stack_is_reported_as_well,
                     *boost::unit_test::precondition(this_is_the_only_thread{})) {
    const child_program_output end =
        output_of_child_program([] { runtime::run([] { large_frame(); }); });
    BOOST_TEST_CONTEXT(end.text) {
        BOOST_TEST(end.text.find("coppice: stack overflow in <") != std::string::npos);
        BOOST_TEST(end.signal == SIGSEGV);
    }
}

BOOST_AUTO_TEST_CASE(another_fault_goes_to_the_default_handler,
                     *boost::unit_test::precondition(this_is_the_only_thread{})) {
    const child_program_output end =
        output_of_child_program([] { runtime::run([] { std::raise(SIGSEGV); }); });
    BOOST_TEST(end.text.find("coppice") == std::string::npos);
    BOOST_TEST(end.signal == SIGSEGV);
}

BOOST_AUTO_TEST_SUITE_END()
