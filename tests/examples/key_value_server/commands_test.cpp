// SPDX-License-Identifier: BSL-1.0
#include "commands.hpp"
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <limits>
#include <random>
#include <set>

using namespace key_value;

namespace {
constexpr milliseconds now = 1'000'000;
} // namespace

BOOST_AUTO_TEST_SUITE(commands_suite)

BOOST_AUTO_TEST_CASE(set_knows_its_options) {
    keyspace k;
    BOOST_TEST(run({"SET", "a", "1"}, k, now) == "+OK\r\n");
    BOOST_TEST(run({"SET", "a", "2", "NX"}, k, now) == "$-1\r\n");
    BOOST_TEST(run({"SET", "b", "2", "xx"}, k, now) == "$-1\r\n");
    BOOST_TEST(run({"SET", "a", "3", "XX", "GET"}, k, now) == "$1\r\n1\r\n");
    BOOST_TEST(run({"SET", "a", "4", "PX", "100"}, k, now) == "+OK\r\n");
    BOOST_TEST(run({"PTTL", "a"}, k, now) == ":100\r\n");
    BOOST_TEST(run({"GET", "a"}, k, now + 99) == "$1\r\n4\r\n");
    BOOST_TEST(run({"GET", "a"}, k, now + 100) == "$-1\r\n");
    BOOST_TEST(run({"SET", "a", "1", "EX", "0"}, k, now).starts_with("-ERR invalid expire"));
    BOOST_TEST(run({"SET", "a", "1", "NX", "XX"}, k, now) == "-ERR syntax error\r\n");
}

BOOST_AUTO_TEST_CASE(numbers_are_checked) {
    keyspace k;
    BOOST_TEST(run({"INCR", "n"}, k, now) == ":1\r\n");
    BOOST_TEST(run({"INCRBY", "n", "41"}, k, now) == ":42\r\n");
    BOOST_TEST(run({"DECR", "n"}, k, now) == ":41\r\n");
    BOOST_TEST(run({"INCRBY", "n", "9223372036854775807"}, k, now).starts_with("-ERR increment"));
    BOOST_TEST(run({"INCRBY", "n", "x"}, k, now).starts_with("-ERR value is not an integer"));
    run({"SET", "s", "text"}, k, now);
    BOOST_TEST(run({"INCR", "s"}, k, now).starts_with("-ERR value is not an integer"));
    BOOST_TEST(run({"APPEND", "s", "!"}, k, now) == ":5\r\n");
    BOOST_TEST(run({"STRLEN", "s"}, k, now) == ":5\r\n");
}

BOOST_AUTO_TEST_CASE(expiry_can_be_set_read_and_taken_back) {
    keyspace k;
    run({"SET", "a", "1"}, k, now);
    BOOST_TEST(run({"TTL", "a"}, k, now) == ":-1\r\n");
    BOOST_TEST(run({"EXPIRE", "a", "10"}, k, now) == ":1\r\n");
    BOOST_TEST(run({"TTL", "a"}, k, now + 1) == ":10\r\n");
    BOOST_TEST(run({"PERSIST", "a"}, k, now) == ":1\r\n");
    BOOST_TEST(run({"TTL", "a"}, k, now) == ":-1\r\n");
    BOOST_TEST(run({"EXPIRE", "a", "-1"}, k, now) == ":1\r\n");
    BOOST_TEST(run({"TTL", "a"}, k, now) == ":-2\r\n");
}

BOOST_AUTO_TEST_CASE(commands_are_routed_and_their_arity_checked) {
    command set{"set", "a", "1"}, many{"mget", "a", "b"}, bad{"get"}, unknown{"frobnicate", "x"};
    BOOST_TEST((route(set).to == routing::where::one_key));
    BOOST_TEST(set[0] == "SET");
    BOOST_TEST((route(many).how == routing::join::list));
    BOOST_TEST(route(bad).problem == "ERR wrong number of arguments for 'get' command");
    BOOST_TEST(route(unknown).problem ==
               "ERR unknown command 'frobnicate', with args beginning with: 'x' ");
    BOOST_TEST(split(many).size() == 2U);
    BOOST_TEST(combine(routing::join::sum, {integer(2), integer(3)}) == integer(5));
    BOOST_TEST(combine(routing::join::flatten, {array({bulk("a")}), array({bulk("b")})}) ==
               array({bulk("a"), bulk("b")}));
    BOOST_TEST(combine(routing::join::all_ok, {simple("OK"), error("ERR x")}) == error("ERR x"));
}

BOOST_AUTO_TEST_CASE(patterns_match_as_in_redis) {
    BOOST_TEST(matches("*", ""));
    BOOST_TEST(matches("h?llo*", "hello world"));
    BOOST_TEST(matches("h[ae]llo", "hallo"));
    BOOST_TEST(!matches("h[^e]llo", "hello"));
    BOOST_TEST(matches("[a-c]x", "bx"));
    BOOST_TEST(!matches("a*c", "ab"));
    BOOST_TEST(matches("a\\*", "a*"));
    BOOST_TEST(matches("[c-a]x", "bx"));
    BOOST_TEST(matches("[\\]]", "]"));
    BOOST_TEST(matches("*ab*ab*", "abaxab"));
    BOOST_TEST(!matches("*ab*ab*b", "abxaba"));
}

// A matcher that tried all ways to match would never end.
BOOST_AUTO_TEST_CASE(a_hostile_pattern_takes_no_long_time) {
    std::string pattern;
    for (int i = 0; i < 1000; ++i)
        pattern += "*a";
    BOOST_TEST(!matches(pattern + "*b", std::string(10'000, 'a')));
    BOOST_TEST(matches(pattern + '*', std::string(10'000, 'a')));
}

// Redis SET: KEEPTTL, EXAT and PXAT, and which of the options exclude each other.
BOOST_AUTO_TEST_CASE(set_keeps_a_time_or_takes_one_of_the_calendar) {
    keyspace k;
    run({"SET", "a", "1", "PXAT", "1000100"}, k, now);
    BOOST_TEST(run({"SET", "a", "2", "KEEPTTL"}, k, now) == "+OK\r\n");
    BOOST_TEST(run({"PTTL", "a"}, k, now) == ":100\r\n");
    BOOST_TEST(run({"SET", "a", "3", "EXAT", "2000"}, k, now) == "+OK\r\n");
    BOOST_TEST(run({"PEXPIRETIME", "a"}, k, now) == ":2000000\r\n");
    BOOST_TEST(run({"SET", "a", "4"}, k, now) == "+OK\r\n");
    BOOST_TEST(run({"PTTL", "a"}, k, now) == ":-1\r\n");
    for (const command& wrong : std::vector<command>{{"SET", "a", "1", "KEEPTTL", "EX", "1"},
                                                     {"SET", "a", "1", "EX", "1", "KEEPTTL"},
                                                     {"SET", "a", "1", "EX", "1", "EXAT", "1"},
                                                     {"SET", "a", "1", "PX", "1", "PXAT", "1"},
                                                     {"SET", "a", "1", "XX", "NX"}})
        BOOST_TEST(run(wrong, k, now) == "-ERR syntax error\r\n");
}

// Redis EXPIRE: a time that overflows is refused, and a time before the clock's range has passed.
BOOST_AUTO_TEST_CASE(times_at_the_ends_of_the_range) {
    const std::string most = "9223372036854775807", least = "-9223372036854775808";
    const std::string in_seconds = "9223372036854775"; // more than there are
    keyspace k;
    const auto answer = [&](const char* name, const std::string& n) {
        run({"SET", "a", "1"}, k, now);
        return run({name, "a", n}, k, now);
    };
    BOOST_TEST(answer("PEXPIRE", most).starts_with("-ERR invalid expire time in 'pexpire'"));
    BOOST_TEST(answer("PEXPIRE", least) == ":1\r\n");
    BOOST_TEST(answer("PEXPIREAT", most) == ":1\r\n");
    BOOST_TEST(answer("PEXPIREAT", least) == ":1\r\n");
    BOOST_TEST(answer("EXPIRE", most).starts_with("-ERR invalid expire time in 'expire'"));
    BOOST_TEST(answer("EXPIRE", least).starts_with("-ERR invalid expire time in 'expire'"));
    BOOST_TEST(answer("EXPIRE", in_seconds).starts_with("-ERR invalid expire time in 'expire'"));
    BOOST_TEST(answer("EXPIREAT", in_seconds) == ":1\r\n");
}

BOOST_AUTO_TEST_CASE(a_scan_finds_all_that_stays) {
    keyspace k;
    for (int i = 0; i < 1000; ++i)
        k.set("stays" + std::to_string(i), "1", 0);
    std::set<std::string> found;
    std::size_t bucket = 0, generation = k.generation();
    int steps = 0;
    do {
        if (std::exchange(generation, k.generation()) != k.generation())
            bucket = 0;
        const auto some = k.scan(bucket, 10, now);
        found.insert(some.keys.begin(), some.keys.end());
        bucket = some.next;
        if (++steps < 100) // the table grows meanwhile
            for (int i = 0; i < 50; ++i)
                k.set("comes" + std::to_string(steps * 50 + i), "1", 0);
    } while (bucket != 0);
    for (int i = 0; i < 1000; ++i)
        BOOST_TEST(found.contains("stays" + std::to_string(i)));
}

BOOST_AUTO_TEST_CASE(a_cursor_holds_partition_place_and_generation) {
    const scan_cursor c{.partition = 1023, .bucket = (1ULL << 33) - 2, .generation = 1022};
    const auto back = scan_cursor::from(c.number());
    BOOST_TEST(back.partition == c.partition);
    BOOST_TEST(back.bucket == c.bucket);
    BOOST_TEST(back.generation == c.generation);
    BOOST_TEST(c.number() < 1ULL << 53); // node-redis keeps it in a double
}

// --- WATCH and transactions ---

BOOST_AUTO_TEST_CASE(a_watched_key_changes_its_version_with_each_change) {
    for (const command& c : std::vector<command>{{"SET", "a", "1"},
                                                 {"DEL", "a"},
                                                 {"APPEND", "a", ""},
                                                 {"PEXPIRE", "a", "100"},
                                                 {"PEXPIRE", "a", "-1"},
                                                 {"FLUSHALL"},
                                                 {"GETDEL", "a"},
                                                 {"INCR", "a"}}) {
        keyspace k;
        k.set("a", "1", 0);
        const auto before = k.watch("a", now);
        run(c, k, now);
        BOOST_TEST(k.version("a", now) != before, c[0]);
    }
}

BOOST_AUTO_TEST_CASE(a_watched_key_keeps_its_version_without_a_change) {
    keyspace k;
    k.set("a", "1", 0);
    const auto before = k.watch("a", now), before_nothing = k.watch("nothing", now);
    for (const command& c : std::vector<command>{{"GET", "a"},
                                                 {"SET", "a", "2", "NX"},
                                                 {"SET", "b", "2"},
                                                 {"PERSIST", "a"},
                                                 {"DEL", "nothing"},
                                                 {"SETRANGE", "a", "0", ""}})
        run(c, k, now);
    BOOST_TEST(k.version("a", now) == before);
    run({"FLUSHALL"}, k, now);
    BOOST_TEST(k.version("nothing", now) == before_nothing);
}

BOOST_AUTO_TEST_CASE(the_end_of_a_watched_key_is_a_change) {
    keyspace k;
    k.set("a", "1", now + 10);
    const auto before = k.watch("a", now);
    BOOST_TEST(k.version("a", now + 9) == before);
    BOOST_TEST(k.version("a", now + 10) != before);
}

BOOST_AUTO_TEST_CASE(a_key_is_watched_for_each_client_that_asked) {
    keyspace k;
    k.watch("a", now);
    const auto version = k.watch("a", now);
    k.unwatch("a");
    BOOST_TEST(k.version("a", now) == version);
    k.unwatch("a");
    BOOST_TEST(k.version("a", now) == 0U);
    k.unwatch("a"); // no client watches it: no effect
}

namespace {
/// The visible contents of a keyspace.
std::vector<std::pair<std::string, std::string>> contents(keyspace& k) {
    std::vector<std::pair<std::string, std::string>> all;
    for (const auto& [key, e] : k.all())
        all.emplace_back(key, e.value + '@' + std::to_string(e.expires));
    std::sort(all.begin(), all.end());
    return all;
}
command any_command(std::mt19937& random) {
    const std::string key(1, static_cast<char>('a' + random() % 6)),
        n = std::to_string(random() % 300);
    switch (random() % 8) {
    case 0:
        return {"SET", key, n, "PX", std::to_string(1 + random() % 50)};
    case 1:
        return {"DEL", key};
    case 2:
        return {"INCR", key};
    case 3:
        return {"PEXPIRE", key, n};
    case 4:
        return {"APPEND", key, n};
    case 5:
        return random() % 4 == 0 ? command{"FLUSHALL"} : command{"PERSIST", key};
    default:
        return {"SET", key, n};
    }
}
} // namespace

// After `begin`, any changes and `roll_back` the contents are as before; and changes that are
// packed as one have the effect of all of them.
BOOST_AUTO_TEST_CASE(a_transaction_is_taken_back_or_done_again_as_a_whole) {
    const auto seed = std::random_device{}();
    BOOST_TEST_CONTEXT("seed " << seed) {
        std::mt19937 random{seed};
        for (int round = 0; round < 300; ++round) {
            keyspace k, copy;
            milliseconds time = now;
            for (int i = 0; i < 10; ++i)
                run(any_command(random), k, time);
            for (change& c : k.take_changes())
                copy.replay(std::move(c));
            const auto before = contents(k);
            k.begin();
            time += static_cast<milliseconds>(random() % 30);
            for (unsigned i = random() % 8; i > 0; --i)
                run(any_command(random), k, time);
            if (random() % 2 == 0) {
                k.roll_back();
                BOOST_TEST((contents(k) == before));
                BOOST_TEST(k.take_changes().empty());
            } else {
                k.keep();
                copy.replay({change::kind::together, {}, pack(k.take_changes()), 0});
                BOOST_TEST((contents(copy) == contents(k)));
            }
            // The expiry times of the keys are restored as well.
            const auto left = k.count().expiring;
            k.expire(std::numeric_limits<milliseconds>::max(), 1000);
            BOOST_TEST(k.count().expired >= left);
            BOOST_TEST(k.count().expiring == 0U);
        }
    }
}

BOOST_AUTO_TEST_CASE(prepared_changes_are_applied_when_they_are_committed) {
    const change set{change::kind::set, "a", "new", 0};
    const std::string both = pack({set, {change::kind::set, "b", "new", 0}});
    keyspace k;
    k.replay({change::kind::set, "a", "old", 0});
    k.replay({change::kind::prepared, "t1", both, 0});
    BOOST_TEST(k.find("a", now)->value == "old");
    BOOST_TEST(k.undecided()->key == "t1");
    k.replay({change::kind::committed, "t1", {}, 0});
    BOOST_TEST(k.find("a", now)->value == "new");
    BOOST_TEST(k.find("b", now)->value == "new");
    BOOST_TEST(!k.undecided());
}

BOOST_AUTO_TEST_CASE(a_key_whose_time_changes_ends_at_the_last_one) {
    keyspace k;
    for (int i = 1; i <= 5; ++i)
        run({"SET", "a", "1", "PX", std::to_string(i * 100)}, k, now);
    BOOST_TEST(k.expire(now + 499, 10) == 0U);
    BOOST_TEST(k.expire(now + 500, 10) == 1U);
    run({"SET", "a", "1", "PX", "100"}, k, now);
    run({"PERSIST", "a"}, k, now);
    BOOST_TEST(k.expire(now + 500, 10) == 0U);
}

BOOST_AUTO_TEST_SUITE_END()
