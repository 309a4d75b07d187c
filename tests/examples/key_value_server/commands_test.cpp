// SPDX-License-Identifier: BSL-1.0
#include "commands.hpp"
#include <boost/test/unit_test.hpp>

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

// One that tried all ways to fit would need longer than we live.
BOOST_AUTO_TEST_CASE(a_hostile_pattern_takes_no_long_time) {
    std::string pattern;
    for (int i = 0; i < 1000; ++i)
        pattern += "*a";
    BOOST_TEST(!matches(pattern + "*b", std::string(10'000, 'a')));
    BOOST_TEST(matches(pattern + '*', std::string(10'000, 'a')));
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
