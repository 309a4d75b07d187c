// SPDX-License-Identifier: BSL-1.0
// The configuration of an application: its defaults, the file, the environment, and each mistake.
#include "config_document.hpp"
#include "duration_text.hpp"
#include "nearest_word.hpp"

#include <array>
#include <boost/describe/class.hpp>
#include <boost/describe/enum.hpp>
#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <unistd.h>

using namespace coppice;
using namespace std::chrono_literals;

namespace {

enum class level { low, high };
BOOST_DESCRIBE_ENUM(level, low, high)

struct tls {
    bool on = false;
    std::string cert_file = "none";
};
BOOST_DESCRIBE_STRUCT(tls, (), (on, cert_file))

struct range {
    int least = 0, most = 10;
    void validate() const {
        if (least > most)
            throw std::invalid_argument{"least is above most"};
    }
};
BOOST_DESCRIBE_STRUCT(range, (), (least, most))

struct config {
    std::uint16_t port = 8080;
    int offset = -1;
    double ratio = 0.5;
    std::string host = "localhost";
    std::vector<std::string> peers = {"one"};
    std::vector<tls> listeners = {};
    std::chrono::milliseconds wait{100};
    std::chrono::hours keep{1};
    time_span limit = 1s;
    std::optional<int> cache = {};
    std::optional<tls> more = {};
    level detail = level::low;
    tls secure = {};
    range size = {};
};
BOOST_DESCRIBE_STRUCT(config,
                      (),
                      (port,
                       offset,
                       ratio,
                       host,
                       peers,
                       listeners,
                       wait,
                       keep,
                       limit,
                       cache,
                       more,
                       detail,
                       secure,
                       size))

/// Environment variables that are removed again.
class variables {
public:
    explicit variables(std::vector<std::pair<std::string, std::string>> all)
        : all_{std::move(all)} {
        for (const auto& [name, value] : all_)
            ::setenv(name.c_str(), value.c_str(), 1);
    }
    ~variables() {
        for (const auto& v : all_)
            ::unsetenv(v.first.c_str());
    }
    variables(const variables&) = delete;
    variables& operator=(const variables&) = delete;

private:
    std::vector<std::pair<std::string, std::string>> all_;
};

struct reading {
    config value;
    std::vector<std::string> errors; // without the file's directory
};

reading read(const std::string& text, const std::string& prefix = {}) {
    const auto directory = std::filesystem::temp_directory_path() /
                           ("coppice_config_test_" + std::to_string(::getpid()));
    std::filesystem::create_directory(directory);
    const std::string file = (directory / "f").string();
    std::ofstream{file} << text;
    coppice::detail::config_document d{file, prefix};
    d.check_sections({"web", "storage"});
    reading r;
    coppice::detail::read_config(d.section("web"), r.value);
    r.errors = d.errors();
    for (std::string& e : r.errors)
        if (e.starts_with(file))
            e.erase(0, file.size() - 1);
    std::filesystem::remove_all(directory);
    return r;
}

void check_errors(const std::string& text, const std::vector<std::string>& expected) {
    const auto got = read(text).errors;
    BOOST_TEST(got == expected, boost::test_tools::per_element());
}

} // namespace

BOOST_AUTO_TEST_SUITE(config_suite)

BOOST_AUTO_TEST_CASE(has_its_defaults_where_nothing_is_said) {
    const auto r = read("");
    BOOST_TEST(r.errors.empty());
    BOOST_TEST(coppice::detail::same_config(r.value, config{}));
}

BOOST_AUTO_TEST_CASE(reads_every_type_from_the_file) {
    const auto r = read(R"(
[web]
port = 80
offset = -3
ratio = 2
host = "example.org"
peers = ["two", "three"]
wait = "1.5s"
keep = "2d"
limit = "infinity"
cache = 0
detail = "high"
size.most = 7
[web.secure]
on = true
[[web.listeners]]
cert_file = "a"
[[web.listeners]]
on = true
[web.more]
)");
    BOOST_TEST(r.errors == std::vector<std::string>{}, boost::test_tools::per_element());
    BOOST_TEST(r.value.port == 80);
    BOOST_TEST(r.value.offset == -3);
    BOOST_TEST(r.value.ratio == 2.0);
    BOOST_TEST(r.value.host == "example.org");
    BOOST_TEST(r.value.peers == (std::vector<std::string>{"two", "three"}));
    BOOST_TEST((r.value.wait == 1500ms));
    BOOST_TEST((r.value.keep == 48h));
    BOOST_TEST(r.value.limit.is_infinite());
    BOOST_TEST((r.value.cache == 0));
    BOOST_TEST((r.value.detail == level::high));
    BOOST_TEST(r.value.size.most == 7);
    BOOST_TEST(r.value.size.least == 0);
    BOOST_TEST(r.value.secure.on);
    BOOST_TEST(r.value.secure.cert_file == "none");
    BOOST_REQUIRE(r.value.listeners.size() == 2);
    BOOST_TEST(r.value.listeners[0].cert_file == "a");
    BOOST_TEST(r.value.listeners[1].on);
    BOOST_TEST(r.value.more.has_value());
}

BOOST_AUTO_TEST_CASE(the_environment_overrides_the_file) {
    const variables v{{{"WEB_PORT", "81"},
                       {"WEB_RATIO", "0.25"},
                       {"WEB_HOST", "a b"},
                       {"WEB_PEERS", "x,y"},
                       {"WEB_WAIT", "3s"},
                       {"WEB_LIMIT", "infinity"},
                       {"WEB_CACHE", "5"},
                       {"WEB_DETAIL", "high"},
                       {"WEB_SECURE_ON", "1"},
                       {"WEB_SECURE_CERT_FILE", ""},
                       {"WEB_MORE_ON", "true"},
                       {"WEB_LISTENERS", "[{on = true}, {cert_file = 'c'}]"}}};
    const auto r = read("[web]\nport = 80\nhost = 'file'\nsecure.cert_file = 'file'");
    BOOST_TEST(r.errors == std::vector<std::string>{}, boost::test_tools::per_element());
    BOOST_TEST(r.value.port == 81);
    BOOST_TEST(r.value.ratio == 0.25);
    BOOST_TEST(r.value.host == "a b");
    BOOST_TEST(r.value.peers == (std::vector<std::string>{"x", "y"}));
    BOOST_TEST((r.value.wait == 3s));
    BOOST_TEST(r.value.limit.is_infinite());
    BOOST_TEST((r.value.cache == 5));
    BOOST_TEST((r.value.detail == level::high));
    BOOST_TEST(r.value.secure.on);
    BOOST_TEST(r.value.secure.cert_file == "");
    BOOST_TEST(r.value.more.value().on);
    BOOST_REQUIRE(r.value.listeners.size() == 2);
    BOOST_TEST(r.value.listeners[1].cert_file == "c");
}

BOOST_AUTO_TEST_CASE(a_prefix_keeps_the_environment_of_programs_apart) {
    const variables v{{{"WEB_PORT", "81"}, {"SHOP_WEB_PORT", "82"}}};
    BOOST_TEST(read("").value.port == 81);
    BOOST_TEST(read("", "SHOP").value.port == 82);
}

BOOST_AUTO_TEST_CASE(an_unknown_key_names_the_nearest_one) {
    check_errors("[web]\nprot = 80\n", {"f:2:1: unknown key `web.prot`: did you mean `web.port`?"});
    check_errors("[wep]\n", {"f:1:2: unknown key `wep`: did you mean `web`?"});
    check_errors(
        "[web.secure]\ncertfile = 'x'\n",
        {"f:2:1: unknown key `web.secure.certfile`: did you mean `web.secure.cert_file`?"});
    check_errors("[web.secure]\nkey = 'x'\n",
                 {"f:2:1: unknown key `web.secure.key`: web.secure has `on`, `cert_file`"});
}

BOOST_AUTO_TEST_CASE(a_wrong_type_says_what_was_expected) {
    check_errors("[web]\nport = '80'\n",
                 {"f:2:8: `web.port` is the string \"80\"; expected an integer from 0 to 65535"});
    check_errors("[web]\nport = 65536\n",
                 {"f:2:8: `web.port` is the integer 65536; expected an integer from 0 to 65535"});
    check_errors("[web]\nport = -1\n",
                 {"f:2:8: `web.port` is the integer -1; expected an integer from 0 to 65535"});
    check_errors("[web]\nhost = 1.5\n", {"f:2:8: `web.host` is the number 1.5; expected a string"});
    check_errors("[web]\nratio = true\n", {"f:2:9: `web.ratio` is true; expected a number"});
    check_errors("[web]\nsecure.on = 1\n",
                 {"f:2:13: `web.secure.on` is the integer 1; expected true or false"});
    check_errors("[web]\nsecure = 1\n",
                 {"f:2:10: `web.secure` is the integer 1; expected a table"});
    check_errors("[web]\npeers = 'x'\n",
                 {"f:2:9: `web.peers` is the string \"x\"; expected a list"});
    check_errors("[web]\npeers = ['x', 2]\n",
                 {"f:2:15: `web.peers[1]` is the integer 2; expected a string"});
    check_errors("[web]\nwait = 5\n", {"f:2:8: `web.wait` is the integer 5; expected a duration, "
                                       "such as \"1h30m\" or \"250ms\""});
    check_errors(
        "[web]\nkeep = '90m'\n",
        {"f:2:8: `web.keep` is the string \"90m\"; expected a duration of whole hours, not "
         "too long for its type"});
    check_errors("[web]\ndetail = 'hihg'\n",
                 {"f:2:10: `web.detail` is the string \"hihg\"; expected one of `low`, `high`"});
    check_errors("web = 1\n", {"f:1:7: `web` is the integer 1; expected a table"});
    check_errors("[web]\nsize = {least = 11}\n",
                 {"f:2:8: `web.size` is refused: least is above most"});
}

BOOST_AUTO_TEST_CASE(a_wrong_variable_is_named) {
    const variables v{{{"WEB_PORT", "80x"}, {"WEB_PEERS", "["}, {"WEB_SECURE_ON", "on"}}};
    const auto errors = read("").errors;
    BOOST_REQUIRE(errors.size() == 3);
    BOOST_TEST(errors[0] == "the environment variable WEB_PORT: `web.port` is \"80x\"; expected an "
                            "integer from 0 to 65535");
    BOOST_TEST(errors[1].starts_with("the environment variable WEB_PEERS: "));
    BOOST_TEST(errors[2] == "the environment variable WEB_SECURE_ON: `web.secure.on` is \"on\"; "
                            "expected true or false");
}

BOOST_AUTO_TEST_CASE(all_errors_are_found_at_once_and_what_is_wrong_keeps_its_default) {
    const auto r = read("[web]\nport = 'x'\nhost = 1\nratio = 0.1\n");
    BOOST_TEST(r.errors.size() == 2);
    BOOST_TEST(r.value.port == 8080);
    BOOST_TEST(r.value.ratio == 0.1);
}

BOOST_AUTO_TEST_CASE(a_file_that_is_no_toml_or_not_there_is_an_error_with_its_place) {
    const auto errors = read("[web]\nport = \n").errors;
    BOOST_REQUIRE(errors.size() == 1);
    BOOST_TEST(errors[0].starts_with("f:2:"));
    coppice::detail::config_document none{"/none.toml", ""};
    BOOST_TEST(
        none.errors() ==
            std::vector<std::string>{"/none.toml: cannot be read: No such file or directory"},
        boost::test_tools::per_element());
    coppice::detail::config_document directory{"/", ""};
    BOOST_TEST(directory.errors() == std::vector<std::string>{"/: cannot be read: Is a directory"},
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_duration_has_numbers_and_units) {
    using coppice::detail::duration_of;
    BOOST_TEST((duration_of("250ms") == 250ms));
    BOOST_TEST((duration_of("1h30m") == 90min));
    BOOST_TEST((duration_of("2.5s") == 2500ms));
    BOOST_TEST((duration_of("1d1ns") == 24h + 1ns));
    BOOST_TEST((duration_of("7us") == 7us));
    BOOST_TEST((duration_of("0s") == 0s));
    for (const char* wrong : {"", "5", "s", "5 s", "-5s", "1.s", ".5s", "5x", "0.5ns", "300000d",
                              "99999999999999999999s", "5s "})
        BOOST_TEST(!duration_of(wrong), wrong);
}

BOOST_AUTO_TEST_CASE(the_nearest_word_is_near) {
    using coppice::detail::edit_distance;
    BOOST_TEST(edit_distance("port", "port") == 0);
    BOOST_TEST(edit_distance("prot", "port") == 1);
    BOOST_TEST(edit_distance("", "abc") == 3);
    BOOST_TEST(edit_distance("kitten", "sitting") == 3);
    const std::array<std::string_view, 3> words{"port", "host", "timeout"};
    BOOST_TEST((coppice::detail::nearest_word("hots", words) == "host"));
    BOOST_TEST((coppice::detail::nearest_word("time_out", words) == "timeout"));
    BOOST_TEST(!coppice::detail::nearest_word("certificate", words));
}

BOOST_AUTO_TEST_SUITE_END()
