// SPDX-License-Identifier: BSL-1.0
#include "resp.hpp"
#include <boost/test/unit_test.hpp>
#include <random>

using namespace key_value;

namespace {
std::vector<command> all_of(request_parser& p) {
    std::vector<command> got;
    while (auto c = p.next())
        got.push_back(std::move(*c));
    return got;
}
} // namespace

BOOST_AUTO_TEST_SUITE(resp_suite)

BOOST_AUTO_TEST_CASE(arrays_and_lines_are_commands) {
    request_parser p;
    p.feed("*2\r\n$3\r\nGET\r\n$1\r\na\r\n\r\nset  b \"two words\"\r\n*0\r\nPING\r\n");
    const auto got = all_of(p);
    BOOST_REQUIRE(got.size() == 3U);
    BOOST_TEST((got[0] == command{"GET", "a"}));
    BOOST_TEST((got[1] == command{"set", "b", "two words"}));
    BOOST_TEST((got[2] == command{"PING"}));
    BOOST_TEST(p.error().empty());
}

BOOST_AUTO_TEST_CASE(values_are_any_bytes) {
    request_parser p;
    const std::string value{"\0\r\n*$\xff", 6};
    p.feed("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$6\r\n" + value + "\r\n");
    const auto c = p.next();
    BOOST_REQUIRE(c.has_value());
    BOOST_TEST((*c)[2] == value);
}

BOOST_AUTO_TEST_CASE(words_may_be_quoted) {
    BOOST_TEST((*words_of(R"(a "b c"  'd\'e\n' f"g h")") == command{"a", "b c", "d'e\\n", "fg h"}));
    BOOST_TEST((*words_of(R"("\x41\n\"\\\xzz" "")") == command{"A\n\"\\xzz", ""}));
    for (const char* wrong : {"\"a", "'a", "\"a\"b", "a \"\\\""})
        BOOST_TEST(!words_of(wrong).has_value(), wrong);
}

// No input of a client may make one answer look like two.
BOOST_AUTO_TEST_CASE(an_error_is_one_line) {
    BOOST_TEST(error("ERR unknown command 'a\r\n+OK'") == "-ERR unknown command 'a  +OK'\r\n");
}

BOOST_AUTO_TEST_CASE(garbage_and_huge_lengths_are_named) {
    for (const auto& [bytes, what] : std::vector<std::pair<std::string, std::string>>{
             {"*1\r\n@4\r\n", "expected '$', got '@'"},
             {"*99999999999\r\n", "invalid multibulk length"},
             {"*1\r\n$-5\r\n", "invalid bulk length"},
             {"*1\r\n$999999999999\r\n", "invalid bulk length"},
             {"*x\r\n", "invalid multibulk length"},
             {"*1\r\n*1\r\n", "expected '$', got '*'"},
             {"*1\r\n\r\n", "expected '$', got ' '"},
             {"*" + std::string(70'000, '1'), "too big mbulk count string"},
             {"*1\r\n$" + std::string(70'000, '1'), "too big bulk count string"},
             {"get \"a\r\n", "unbalanced quotes"},
             {std::string(70'000, 'a'), "too big inline request"}}) {
        request_parser p;
        p.feed(bytes);
        BOOST_TEST(!p.next());
        BOOST_TEST(p.error().find(what) != std::string::npos, p.error());
    }
}

// The commands are the same, in whatever pieces the stream arrives.
BOOST_AUTO_TEST_CASE(the_cuts_of_the_stream_do_not_matter) {
    const auto seed = std::random_device{}();
    BOOST_TEST_CONTEXT("seed " << seed) {
        std::mt19937 random{seed};
        std::string stream;
        std::vector<command> sent;
        for (int i = 0; i < 200; ++i) {
            command c;
            const auto words = 1 + random() % 4;
            stream += array_header(words);
            for (unsigned w = 0; w < words; ++w) {
                std::string word(random() % 20, '\0');
                for (char& b : word)
                    b = static_cast<char>(random());
                stream += bulk(word);
                c.push_back(std::move(word));
            }
            sent.push_back(std::move(c));
        }
        request_parser p;
        std::vector<command> got;
        for (std::size_t at = 0; at < stream.size();) {
            const std::size_t n = std::min<std::size_t>(1 + random() % 30, stream.size() - at);
            p.feed(std::string_view{stream}.substr(at, n));
            at += n;
            for (auto& c : all_of(p))
                got.push_back(std::move(c));
        }
        BOOST_TEST((got == sent));
    }
}

BOOST_AUTO_TEST_SUITE_END()
