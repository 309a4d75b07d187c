// SPDX-License-Identifier: BSL-1.0
#include "in_simulation.hpp"
#include <boost/test/unit_test.hpp>
#include <coppice/report.hpp>
#include <coppice/runtime.hpp>
#include <coppice/untyped_server.hpp>

using namespace coppice;
using namespace std::chrono_literals;

namespace {
struct own_error {
    int code;
};

/// The counter of the Go library: each message is a method and a body.
class tally : public untyped_server {
public:
    std::any handle(std::string_view method, std::uint64_t sequence, std::any body) override {
        if (method == "inc")
            return ++n_;
        if (method == "sequence")
            return sequence;
        if (method == "wait") {
            this_process::sleep(std::any_cast<std::chrono::milliseconds>(body));
            return n_;
        }
        if (method == "string")
            throw std::string{"words"};
        if (method == "number")
            throw 7;
        if (method == "exception")
            throw std::out_of_range{"too far"};
        if (method == "own")
            throw own_error{3};
        throw std::invalid_argument{"no method " + std::string{method}};
    }

private:
    int n_ = 0;
};
} // namespace

BOOST_AUTO_TEST_SUITE(untyped_server_suite)

BOOST_AUTO_TEST_CASE(a_server_answers_calls_in_order_with_numbers_from_0) {
    in_simulation([] {
        const untyped_ref t = start<tally>();
        BOOST_TEST(t.call<std::uint64_t>("sequence") == 0U);
        BOOST_TEST(t.call<int>("inc") == 1);
        BOOST_TEST(t.call<std::uint64_t>("sequence") == 2U);
    });
}

// The Go library promises this and breaks it: after one error its server answers no caller.
BOOST_AUTO_TEST_CASE(an_error_reaches_its_caller_alone_and_the_server_serves_on) {
    in_simulation([] {
        const untyped_ref t = start<tally>();
        BOOST_TEST(t.call<int>("inc") == 1);
        BOOST_CHECK_THROW(t.call("exception"), std::out_of_range);
        BOOST_TEST(t.call<int>("inc") == 2);
    });
}

BOOST_AUTO_TEST_CASE(a_bystander_that_waits_behind_an_error_gets_its_own_answer) {
    in_simulation([] {
        const untyped_ref t = start<tally>();
        auto slow = t.send_request("wait", 10ms);
        auto fails = t.send_request("string");
        auto other = t.send_request("inc");
        BOOST_TEST(other.get<int>() == 1);
        BOOST_CHECK_THROW(fails.get(), std::string);
        BOOST_TEST(slow.get<int>() == 0);
    });
}

BOOST_AUTO_TEST_CASE(each_exception_reaches_the_caller_with_its_type) {
    in_simulation([] {
        const untyped_ref t = start<tally>();
        BOOST_CHECK_EXCEPTION(t.call("string"), std::string,
                              [](const auto& s) { return s == "words"; });
        BOOST_CHECK_EXCEPTION(t.call("number"), int, [](int n) { return n == 7; });
        BOOST_CHECK_EXCEPTION(t.call("exception"), std::out_of_range,
                              [](const auto& e) { return e.what() == std::string{"too far"}; });
        BOOST_CHECK_EXCEPTION(t.call("own"), own_error, [](const auto& e) { return e.code == 3; });
        BOOST_TEST(t.call<int>("inc") == 1);
    });
}

BOOST_AUTO_TEST_CASE(an_answer_of_another_type_is_an_error_and_no_zero) {
    in_simulation([] {
        const untyped_ref t = start<tally>();
        BOOST_CHECK_THROW(t.call<std::string>("inc"), std::bad_any_cast);
    });
}

BOOST_AUTO_TEST_CASE(stop_serves_earlier_requests_and_refuses_later_ones) {
    in_simulation([] {
        const untyped_ref t = start<tally>();
        auto before = t.send_request("wait", 100ms);
        t.stop();
        BOOST_TEST(before.get<int>() == 0);
        BOOST_CHECK_EXCEPTION(t.call("inc"), call_error,
                              [](const auto& e) { return e.code() == errc::noproc; });
    });
}

BOOST_AUTO_TEST_CASE(a_full_mailbox_makes_the_sender_wait) {
    in_simulation([] {
        const untyped_ref t =
            start<tally>({.mailbox = {.messages = 2, .policy = overflow_policy::block}});
        const auto before = this_process::now();
        std::vector<untyped_pending> all;
        for (int i = 0; i < 6; ++i)
            all.push_back(t.send_request("wait", 100ms));
        BOOST_TEST((this_process::now() - before >= 200ms));
        for (auto& p : all)
            BOOST_TEST(p.get<int>() == 0);
    });
}

BOOST_AUTO_TEST_CASE(a_call_has_a_time_limit) {
    in_simulation([] {
        const untyped_ref t = start<tally>();
        BOOST_CHECK_EXCEPTION(t.call("wait", 1000ms, 10ms), call_error,
                              [](const auto& e) { return e.code() == errc::timeout; });
        BOOST_TEST(t.call<int>("inc", {}, 2s) == 1);
    });
}

BOOST_AUTO_TEST_CASE(a_cast_has_no_answer_and_its_error_is_reported) {
    in_simulation([] {
        const untyped_ref t = start<tally>();
        std::size_t failed = 0;
        const auto watch = log::subscribe(severity::debug, [&](const log::record& r) {
            failed += r.get_if<handler_failed>() != nullptr;
        });
        t.cast("inc");
        t.cast("exception");
        BOOST_TEST(t.call<int>("inc") == 2);
        BOOST_TEST(t.call<std::uint64_t>("sequence") == 3U);
        BOOST_TEST(failed == 1U);
    });
}

BOOST_AUTO_TEST_CASE(its_mailbox_is_bounded_where_its_start_says_nothing) {
    in_simulation([] {
        const untyped_ref t = start<tally>();
        const auto before = this_process::now();
        std::vector<untyped_pending> all;
        all.push_back(t.send_request("wait", 1000ms));
        for (int i = 0; i < 4096; ++i)
            all.push_back(t.send_request("inc"));
        BOOST_TEST((this_process::now() - before < 1000ms));
        all.push_back(t.send_request("inc"));
        BOOST_TEST((this_process::now() - before >= 1000ms));
    });
}

BOOST_AUTO_TEST_CASE(plain_threads_may_call_too) {
    runtime::start();
    {
        const untyped_ref t = start<tally>();
        BOOST_TEST(t.call<int>("inc") == 1);
        BOOST_CHECK_THROW(t.call("own"), own_error);
        BOOST_TEST(t.send_request("inc").get<int>() == 2);
    }
    runtime::stop();
}

BOOST_AUTO_TEST_SUITE_END()
