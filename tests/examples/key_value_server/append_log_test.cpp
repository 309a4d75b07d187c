// SPDX-License-Identifier: BSL-1.0
#include "append_log.hpp"
#include <boost/test/unit_test.hpp>
#include <fstream>
#include <stdexcept>
#include <unistd.h>

using namespace key_value;

namespace {

/// A new file for each case, removed afterwards.
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
    void flip(std::uintmax_t offset) {
        std::fstream f{path, std::ios::in | std::ios::out | std::ios::binary};
        f.seekg(static_cast<std::streamoff>(offset));
        const char byte = static_cast<char>(f.get() ^ 0x10);
        f.seekp(static_cast<std::streamoff>(offset));
        f.put(byte);
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

BOOST_AUTO_TEST_CASE(appended_changes_are_replayed) {
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
    write("c", "3"); // the log can be written again
    BOOST_TEST(read().find("c", 0)->value == "3");
}

BOOST_AUTO_TEST_CASE(an_unfinished_record_may_be_cut_anywhere) {
    write("a", "1");
    const auto whole = std::filesystem::file_size(path);
    write("b", "a value of some length");
    const auto bytes = std::filesystem::file_size(path);
    for (auto left = bytes - 1; left > whole; --left) {
        std::filesystem::resize_file(path, left);
        std::size_t cut = 0;
        auto k = read(&cut);
        BOOST_TEST(cut == left - whole);
        BOOST_TEST(k.all().size() == 1U);
        write("b", "a value of some length");
    }
}

// Whichever bit is wrong, no record is taken for an unfinished one, and none is lost.
BOOST_AUTO_TEST_CASE(damage_anywhere_is_named_and_nothing_is_changed) {
    write("a", "1");
    const auto second = std::filesystem::file_size(path);
    write("b", "2");
    const auto third = std::filesystem::file_size(path);
    write("c", "3");
    const auto size = std::filesystem::file_size(path);
    for (auto at = second; at < third; ++at) {
        flip(at);
        const std::string sentence =
            path.string() + " is damaged at offset " + std::to_string(second);
        BOOST_CHECK_EXCEPTION(read(), std::runtime_error, [&](const auto& e) {
            return std::string{e.what()}.starts_with(sentence);
        });
        BOOST_TEST(std::filesystem::file_size(path) == size);
        flip(at);
    }
    BOOST_TEST(read().all().size() == 3U);
}

BOOST_AUTO_TEST_CASE(garbage_at_the_end_is_damage) {
    write("a", "1");
    std::ofstream{path, std::ios::app | std::ios::binary} << "some garbage that is no record";
    BOOST_CHECK_THROW(read(), std::runtime_error);
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

BOOST_AUTO_TEST_CASE(a_rewrite_that_fails_changes_nothing) {
    const std::filesystem::path fresh = path.string() + ".new";
    keyspace k;
    append_log log{path, [](change) {}};
    for (int i = 0; i < 10; ++i)
        k.set("same", std::to_string(i), 0);
    log.append(k.take_changes());
    const auto size = log.size();
    std::filesystem::create_directory(fresh);
    BOOST_CHECK_THROW(log.rewrite(k), std::runtime_error);
    std::filesystem::remove(fresh);
    BOOST_TEST(log.size() == size);
    BOOST_TEST(std::filesystem::file_size(path) == size);
    k.set("more", "x", 0);
    log.append(k.take_changes()); // the log goes on
    BOOST_TEST(read().find("more", 0)->value == "x");
    BOOST_TEST(log.in_place());
}

// For every way to end it: here the pause throws, as in a process that is told to exit.
BOOST_AUTO_TEST_CASE(a_rewrite_that_is_broken_off_leaves_nothing_behind) {
    write("a", "1");
    struct told_to_end {};
    const auto give_way = [count = 0]() mutable {
        if (++count > 1)
            throw told_to_end{};
    };
    keyspace k;
    append_log log{path, [&](change c) { k.replay(std::move(c)); }, {.pauses = {give_way, {}}}};
    BOOST_CHECK_THROW(log.rewrite(k), told_to_end);
    BOOST_TEST(!std::filesystem::exists(path.string() + ".new"));
    BOOST_TEST(read().find("a", 0)->value == "1");
}

BOOST_AUTO_TEST_CASE(a_log_yields_after_each_record) {
    for (int i = 0; i < 10; ++i)
        write("key" + std::to_string(i), "value");
    int gave_way = 0;
    int waited = 0;
    keyspace k;
    append_log log{path,
                   [&](change c) { k.replay(std::move(c)); },
                   {.pauses = {.give_way = [&] { ++gave_way; },
                               .blocking = [&](const auto& wait) { ++waited, wait(); }}}};
    BOOST_TEST(gave_way == 10);
    log.rewrite(k);
    BOOST_TEST(gave_way == 20);
    BOOST_TEST(waited == 2); // for the file, and for its name
}

BOOST_AUTO_TEST_CASE(a_file_that_must_be_there_is_not_made) {
    BOOST_CHECK_EXCEPTION((append_log{path, [](change) {}, {.must_exist = true}}),
                          std::runtime_error, [&](const auto& e) {
                              return e.what() == path.string() +
                                                     " is missing. Put it back, or give up its "
                                                     "keys with: touch " +
                                                     path.string();
                          });
    BOOST_TEST(!std::filesystem::exists(path));
}

BOOST_AUTO_TEST_CASE(a_file_with_fewer_bytes_than_were_written_is_refused) {
    write("a", "1");
    const auto size = std::filesystem::file_size(path);
    for (std::uintmax_t left = 0; left < size; ++left) {
        std::filesystem::resize_file(path, left);
        BOOST_CHECK_THROW((append_log{path, [](change) {}, {.at_least = size}}),
                          std::runtime_error);
        BOOST_TEST(std::filesystem::file_size(path) == left); // nothing is cut away
    }
}

BOOST_AUTO_TEST_CASE(a_log_detects_that_its_file_is_no_longer_in_place) {
    append_log log{path, [](change) {}};
    log.append({{change::kind::set, "a", "1", 0}});
    BOOST_TEST(log.in_place());
    std::filesystem::resize_file(path, 1);
    BOOST_TEST(!log.in_place());
    std::filesystem::remove(path);
    BOOST_TEST(!log.in_place());
    write("another", "file");
    BOOST_TEST(!log.in_place());
}

BOOST_AUTO_TEST_CASE(the_last_append_can_be_taken_back) {
    write("a", "1");
    {
        append_log log{path, [](change) {}};
        log.append({{change::kind::prepared, "t1", pack({{change::kind::set, "a", "2", 0}}), 0}});
        log.cut_last();
        BOOST_TEST(log.records() == 1U);
    }
    BOOST_TEST(read().find("a", 0)->value == "1");
    write("b", "2");
    {
        append_log log{path, [](change) {}}; // also when the file existed before
        log.cut_last();
    }
    auto k = read();
    BOOST_TEST(k.find("a", 0)->value == "1");
    BOOST_TEST(!k.find("b", 0));
}

// A record is written whole or not at all, and so is a transaction.
BOOST_AUTO_TEST_CASE(a_transaction_that_is_cut_anywhere_is_not_there_at_all) {
    write("a", "1");
    const auto before = std::filesystem::file_size(path);
    const std::vector<change> both{{change::kind::set, "a", "2", 0},
                                   {change::kind::set, "b", "2", 0}};
    for (auto left = before;; ++left) {
        append_log{path, [](change) {}}.append({{change::kind::together, {}, pack(both), 0}});
        if (left >= std::filesystem::file_size(path))
            break;
        std::filesystem::resize_file(path, left);
        auto k = read();
        BOOST_TEST(k.find("a", 0)->value == "1");
        BOOST_TEST(!k.find("b", 0));
    }
    BOOST_TEST(read().find("b", 0)->value == "2");
}

BOOST_AUTO_TEST_CASE(a_file_that_cannot_be_opened_is_named) {
    BOOST_CHECK_EXCEPTION(
        (append_log{"/nowhere/at/all", [](change) {}}), std::runtime_error, [](const auto& e) {
            return std::string{e.what()}.find("/nowhere/at/all") != std::string::npos;
        });
}

BOOST_AUTO_TEST_SUITE_END()
