// SPDX-License-Identifier: BSL-1.0
#include "append_log.hpp"
#include <boost/test/unit_test.hpp>
#include <fstream>
#include <system_error>
#include <unistd.h>

using namespace key_value;

namespace {

/// A file of its own for each case, gone afterwards.
struct in_a_file {
    std::filesystem::path path =
        std::filesystem::temp_directory_path() / ("append_log_test." + std::to_string(getpid()));
    in_a_file() { std::filesystem::remove(path); }
    ~in_a_file() { std::filesystem::remove(path); }

    std::size_t write(std::string key, std::string value) {
        keyspace k;
        append_log log{path, [&](change c) { k.replay(std::move(c)); }};
        k.set(key, std::move(value), 0);
        log.append(k.take_changes());
        return log.records();
    }
    keyspace read(std::size_t* cut_away = nullptr) {
        keyspace k;
        const append_log log{path, [&](change c) { k.replay(std::move(c)); }};
        if (cut_away)
            *cut_away = log.cut_away();
        return k;
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(append_log_suite, in_a_file)

BOOST_AUTO_TEST_CASE(what_was_appended_is_replayed) {
    write("a", "1");
    const std::string binary{"\0\n\r", 3};
    BOOST_TEST(write("b", binary) == 2U);
    auto k = read();
    BOOST_TEST(k.find("a", 0)->value == "1");
    BOOST_TEST(k.find("b", 0)->value == binary);
}

BOOST_AUTO_TEST_CASE(an_unfinished_record_is_cut_away_and_the_rest_is_kept) {
    write("a", "1");
    write("b", "2");
    std::filesystem::resize_file(path, std::filesystem::file_size(path) - 3);
    std::size_t cut = 0;
    auto k = read(&cut);
    BOOST_TEST(cut > 0U);
    BOOST_TEST(k.find("a", 0)->value == "1");
    BOOST_TEST(!k.find("b", 0));
    write("c", "3"); // and it can be written again
    BOOST_TEST(read().find("c", 0)->value == "3");
}

BOOST_AUTO_TEST_CASE(garbage_at_the_end_is_no_record) {
    write("a", "1");
    std::ofstream{path, std::ios::app | std::ios::binary} << "some garbage that is no record";
    std::size_t cut = 0;
    BOOST_TEST(read(&cut).find("a", 0)->value == "1");
    BOOST_TEST(cut == 30U);
}

BOOST_AUTO_TEST_CASE(a_rewrite_keeps_what_is_there_now) {
    {
        keyspace k;
        append_log log{path, [](change) {}};
        for (int i = 0; i < 100; ++i)
            k.set("same", std::to_string(i), 0);
        log.append(k.take_changes());
        BOOST_TEST(log.records() == 100U);
        log.rewrite(k);
        BOOST_TEST(log.records() == 1U);
        k.set("more", "x", 0);
        log.append(k.take_changes());
    }
    auto k = read();
    BOOST_TEST(k.find("same", 0)->value == "99");
    BOOST_TEST(k.find("more", 0)->value == "x");
}

BOOST_AUTO_TEST_CASE(a_file_that_cannot_be_opened_is_named) {
    BOOST_CHECK_EXCEPTION(
        (append_log{"/nowhere/at/all", [](change) {}}), std::system_error, [](const auto& e) {
            return std::string{e.what()}.find("/nowhere/at/all") != std::string::npos;
        });
}

BOOST_AUTO_TEST_SUITE_END()
