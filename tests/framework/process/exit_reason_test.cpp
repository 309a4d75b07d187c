// SPDX-License-Identifier: BSL-1.0
#include <boost/test/unit_test.hpp>
#include <coppice/exit_reason.hpp>
#include <memory>
#include <stdexcept>
#include <thread>
#include <vector>

using namespace coppice;

namespace {

template <class E>
exit_reason thrown(E e) {
    return exit_reason::from_exception(std::make_exception_ptr(std::move(e)));
}

struct tells_of_its_end : std::runtime_error {
    explicit tells_of_its_end(std::shared_ptr<int> s)
        : std::runtime_error{"tracked"}, share{std::move(s)} {}
    std::shared_ptr<int> share;
};

} // namespace

BOOST_AUTO_TEST_SUITE(exit_reason_suite)

BOOST_AUTO_TEST_CASE(a_word_is_the_same_wherever_it_comes_from) {
    BOOST_TEST((exit_reason{} == exit_reason::normal));
    BOOST_TEST((exit_reason{"shutdown"} == exit_reason::shutdown));
    BOOST_TEST((exit_reason{"mine"} == exit_reason{std::string{"mi"} + "ne"}));
    BOOST_TEST((exit_reason{"mine"} != exit_reason{"yours"}));
    BOOST_TEST((exit_reason::kill != exit_reason::killed));
    BOOST_TEST(exit_reason{"mine"}.word() == "mine");
    BOOST_TEST(exit_reason{"mine"}.text() == "mine");
}

BOOST_AUTO_TEST_CASE(normal_and_shutdown_are_orderly_and_nothing_else) {
    const auto shutdown_because = exit_reason::tagged("shutdown", exit_reason{"maintenance"});
    for (const exit_reason& r : {exit_reason::normal, exit_reason::shutdown, shutdown_because})
        BOOST_TEST(r.is_orderly(), r.text());
    for (const exit_reason& r :
         {exit_reason::kill, exit_reason::killed, exit_reason::noproc, exit_reason::timeout,
          exit_reason{"normally"}, exit_reason::tagged("normal", exit_reason::normal),
          thrown(std::runtime_error{"normal"})})
        BOOST_TEST(!r.is_orderly(), r.text());
}

BOOST_AUTO_TEST_CASE(a_tag_carries_a_reason) {
    const auto r = exit_reason::tagged("shutdown", exit_reason::tagged("why", exit_reason{"that"}));
    BOOST_TEST(r.is_tagged());
    BOOST_TEST(r.word() == "shutdown");
    BOOST_TEST((r.inner() == exit_reason::tagged("why", exit_reason{"that"})));
    BOOST_TEST(r.text() == "{shutdown, {why, that}}");
    BOOST_TEST((r != exit_reason::shutdown));
    BOOST_TEST((exit_reason::normal.inner() == exit_reason::normal));
}

BOOST_AUTO_TEST_CASE(a_failed_start_names_the_child) {
    const auto r = exit_reason::failed_to_start_child("db", thrown(std::runtime_error{"no disk"}));
    BOOST_TEST(r.child() == "db");
    BOOST_TEST(r.text() == "{failed_to_start_child, db, std::runtime_error: no disk}");
    BOOST_TEST((r != exit_reason::failed_to_start_child("web", r.inner())));
}

BOOST_AUTO_TEST_CASE(an_error_is_an_exception_with_type_and_text) {
    const auto r = thrown(std::out_of_range{"7 of 5"});
    BOOST_TEST(r.is_error());
    BOOST_TEST(r.word() == "error");
    BOOST_REQUIRE(r.crash());
    BOOST_TEST(r.crash()->type == "std::out_of_range");
    BOOST_TEST(r.crash()->what == "7 of 5");
    BOOST_TEST(r.text() == "std::out_of_range: 7 of 5");
    BOOST_CHECK_THROW(std::rethrow_exception(r.exception()), std::out_of_range);
    BOOST_TEST((r == thrown(std::out_of_range{"7 of 5"})));
    BOOST_TEST((r != thrown(std::out_of_range{"8 of 5"})));
    BOOST_TEST((r != thrown(std::length_error{"7 of 5"})));
    BOOST_TEST(exit_reason::normal.crash() == nullptr);
    BOOST_TEST(!exit_reason::normal.exception());
}

BOOST_AUTO_TEST_CASE(every_exception_has_a_type_and_a_text) {
    struct own {};
    BOOST_TEST(thrown(std::string{"text"}).text() == "std::string: text");
    BOOST_TEST(thrown("literal").text() == "const char*: literal");
    BOOST_TEST(thrown(42).text() == "int: 42");
    BOOST_TEST(thrown(own{}).crash()->type.find("own") != std::string::npos);
    BOOST_TEST((exit_reason::from_exception(nullptr) == exit_reason::normal));
}

BOOST_AUTO_TEST_CASE(a_reason_keeps_its_exception_alive_and_releases_it) {
    const auto share = std::make_shared<int>(1);
    {
        exit_reason a = thrown(tells_of_its_end{share});
        const exit_reason b = a;
        a = exit_reason::normal;
        BOOST_TEST(share.use_count() == 2);
        const exit_reason c = exit_reason::tagged("shutdown", b);
        BOOST_TEST(c.inner().is_error());
    }
    BOOST_TEST(share.use_count() == 1);
}

BOOST_AUTO_TEST_CASE(a_reason_that_was_moved_from_is_normal) {
    exit_reason a{"mine"};
    const exit_reason b = std::move(a);
    BOOST_TEST((a == exit_reason::normal)); // NOLINT(bugprone-use-after-move)
    BOOST_TEST(b.text() == "mine");
}

BOOST_AUTO_TEST_CASE(threads_may_copy_one_reason_at_the_same_time) {
    const auto share = std::make_shared<int>(1);
    {
        const exit_reason r = thrown(tells_of_its_end{share});
        std::vector<std::thread> threads;
        for (int t = 0; t < 4; ++t)
            threads.emplace_back([&r] {
                for (int i = 0; i < 10'000; ++i) {
                    const exit_reason mine = r;
                    exit_reason other{"x"};
                    other = mine;
                }
            });
        for (std::thread& t : threads)
            t.join();
    }
    BOOST_TEST(share.use_count() == 1);
}

BOOST_AUTO_TEST_SUITE_END()
