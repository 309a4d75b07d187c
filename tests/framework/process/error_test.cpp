// SPDX-License-Identifier: BSL-1.0
#include <boost/test/unit_test.hpp>
#include <coppice/error.hpp>
#include <set>

using namespace coppice;
using namespace std::chrono_literals;

namespace {

constexpr int last_code = static_cast<int>(errc::would_block);

failure of(errc code, exit_reason reason = exit_reason::normal, std::string detail = {}) {
    return {.code = code, .reason = std::move(reason), .detail = std::move(detail)};
}

/// Converts from anything, as std::any does.
struct greedy {
    greedy() = default;
    template <class T>
    greedy(T&&) : took{true} {}
    bool took = false;
};

} // namespace

BOOST_AUTO_TEST_SUITE(error_suite)

BOOST_AUTO_TEST_CASE(each_code_has_a_word_and_a_sentence_of_its_own) {
    std::set<std::string> words, sentences;
    for (int i = 1; i <= last_code; ++i) {
        const boost::system::error_code code{static_cast<errc>(i)};
        words.insert(std::string{to_string(static_cast<errc>(i))});
        sentences.insert(code.message());
        BOOST_TEST(code.failed());
    }
    BOOST_TEST(words.size() == static_cast<std::size_t>(last_code));
    BOOST_TEST(sentences.size() == static_cast<std::size_t>(last_code));
    BOOST_TEST(words.count("unknown") == 0U);
    BOOST_TEST(sentences.count("unknown error") == 0U);
}

BOOST_AUTO_TEST_CASE(an_error_code_compares_with_ours_and_converts_to_std) {
    const boost::system::error_code code = errc::noproc;
    BOOST_TEST((code == errc::noproc));
    BOOST_TEST((code != errc::timeout));
    BOOST_TEST(code.category().name() == "coppice");
    const std::error_code standard = code;
    BOOST_TEST(standard.message() == code.message());
}

BOOST_AUTO_TEST_CASE(a_call_error_says_what_where_and_why) {
    BOOST_TEST(std::string{call_error{of(errc::timeout)}.what()} == "timeout");
    BOOST_TEST(
        std::string{call_error{of(errc::timeout, exit_reason::timeout, "no answer")}.what()} ==
        "timeout: no answer");
    const call_error e{of(errc::exited, exit_reason{"boom"}, "the store ended")};
    BOOST_TEST(std::string{e.what()} == "exited: the store ended (boom)");
    BOOST_TEST((e.code() == errc::exited));
    BOOST_TEST((e.reason() == exit_reason{"boom"}));
}

BOOST_AUTO_TEST_CASE(a_failure_in_a_result_is_thrown_by_value) {
    const result<int> good = 3;
    const result<int> bad = of(errc::noproc, exit_reason::noproc, "unknown");
    BOOST_TEST(good.value() == 3);
    BOOST_CHECK_EXCEPTION(bad.value(), call_error,
                          [](const call_error& e) { return e.code() == errc::noproc; });
    BOOST_TEST(!bad.error().not_started);
}

BOOST_AUTO_TEST_CASE(a_reply_that_converts_from_anything_does_not_take_the_failure) {
    const auto r = detail::failed<greedy>(of(errc::timeout));
    BOOST_TEST(r.has_error());
}

BOOST_AUTO_TEST_CASE(an_uncaught_call_error_ends_with_the_servers_reason) {
    using detail::exit_reason_of;
    BOOST_TEST((exit_reason_of(of(errc::exited, exit_reason{"boom"})) == exit_reason{"boom"}));
    BOOST_TEST((exit_reason_of(of(errc::timeout)) == exit_reason::timeout));
    BOOST_TEST((exit_reason_of(of(errc::noproc)) == exit_reason::noproc));
    BOOST_TEST((exit_reason_of(of(errc::mailbox_full)) == exit_reason{"mailbox_full"}));
}

BOOST_AUTO_TEST_CASE(a_limit_is_a_duration_a_deadline_or_infinity) {
    const auto now = time_limit::clock::time_point{1h};
    BOOST_TEST((time_limit{5ms}.deadline(now) == now + 5ms));
    BOOST_TEST((time_limit{now + 1s}.deadline(now) == now + 1s));
    BOOST_TEST(time_limit{infinity}.is_infinite());
    BOOST_TEST((time_limit{time_limit::clock::duration::max()}.deadline(now) ==
                time_limit::clock::time_point::max())); // no overflow
    BOOST_TEST((time_limit{std::chrono::duration<double, std::nano>{0.5}}.deadline(now) > now));
}

BOOST_AUTO_TEST_SUITE_END()
