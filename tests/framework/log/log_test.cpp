// SPDX-License-Identifier: BSL-1.0
#include "child_program_output.hpp"
#include <atomic>
#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>
#include <coppice/log_record.hpp>
#include <coppice/names.hpp>
#include <coppice/process.hpp>
#include <coppice/receive.hpp>
#include <coppice/runtime.hpp>
#include <coppice/this_process.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <sys/resource.h>
#include <system_error>
#include <thread>
#include <utility>

using namespace coppice;
using namespace std::chrono_literals;

namespace {

std::string field(const boost::json::object& o, std::string_view name) {
    const boost::json::value* v = o.if_contains(name);
    return v && v->is_string() ? std::string{v->get_string()} : std::string{};
}

/// A log in a file that only this test uses.
struct with_log_file {
    with_log_file() { unsetenv("COPPICE_LOG"); }
    ~with_log_file() {
        log::configure({.level = severity::off});
        std::filesystem::remove_all(directory);
    }
    log::settings settings(severity level = severity::info,
                           log::format format = log::format::json) const {
        return {.level = level, .format = format, .file = file.string()};
    }
    std::string written() const {
        BOOST_TEST(log::flush());
        std::ostringstream text;
        text << std::ifstream{file}.rdbuf();
        return text.str();
    }
    /// Without reports of long handlers: their number depends on the load of the machine.
    std::vector<boost::json::object> objects() const {
        std::vector<boost::json::object> all;
        std::istringstream lines{written()};
        for (std::string line; std::getline(lines, line);) {
            boost::json::object o = boost::json::parse(line).as_object();
            if (field(o, "event") != "long_handler")
                all.push_back(std::move(o));
        }
        return all;
    }

    std::filesystem::path directory = [] {
        std::string name = (std::filesystem::temp_directory_path() / "coppice_log_XXXXXX").string();
        BOOST_REQUIRE(mkdtemp(name.data()) != nullptr);
        return std::filesystem::path{name};
    }();
    std::filesystem::path file = directory / "log";
};

struct go {};

/// Counts how often its text is formatted.
struct expensive {
    int& asked;
    std::string text() const {
        ++asked;
        return "costly";
    }
};

/// Blocks the log's own thread until the test releases it.
std::atomic<bool> writer_may_go_on{false};
struct slow_to_describe {};
void describe(const slow_to_describe&, log::description& d) {
    while (!writer_may_go_on)
        std::this_thread::yield();
    d.say("at last");
}

struct cannot_describe_itself {};
void describe(const cannot_describe_itself&, log::description&) {
    throw std::runtime_error{"lost for words"};
}

struct wild {
    std::string text;
};
void describe(const wild& w, log::description& d) {
    d.say(w.text);
    d.fact_of("level", "a fact may not hide the level");
    d.line_of("several", std::vector<std::string>{w.text, "b"});
    d.fact_of("number", std::int64_t{-3});
}

log::record record_of(log::event e) {
    return {.number = 1,
            .time = std::chrono::system_clock::time_point{1'700'000'000'123ms},
            .level = severity::error,
            .process = {},
            .name = "me",
            .what = std::move(e)};
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(log_suite, with_log_file)

BOOST_AUTO_TEST_CASE(a_line_has_time_level_pid_name_and_text) {
    const auto r = record_of(log::event{std::in_place, log::written_line{"hello"}});
    BOOST_TEST(r.text() == "2023-11-14T22:13:20.123Z error    me hello\n");
    const auto o = boost::json::parse(r.json()).as_object();
    BOOST_TEST(field(o, "time") == "2023-11-14T22:13:20.123Z");
    BOOST_TEST(field(o, "level") == "error");
    BOOST_TEST(field(o, "pid") == "");
    BOOST_TEST(field(o, "name") == "me");
    BOOST_TEST(field(o, "event") == "written_line");
    BOOST_TEST(field(o, "text") == "hello");
}

BOOST_AUTO_TEST_CASE(nothing_that_is_logged_breaks_out_of_its_line) {
    const std::string nasty = "two\nlines \"quoted\" \x1b[31m bell\a \xff\xfe end";
    const auto r = record_of(log::event{std::in_place, wild{nasty}});
    BOOST_TEST(r.text() == "2023-11-14T22:13:20.123Z error    me two\n"
                           "      lines \"quoted\" \\x1b[31m bell\\x07 \uFFFD\uFFFD end\n"
                           "    several: two\n"
                           "      lines \"quoted\" \\x1b[31m bell\\x07 \uFFFD\uFFFD end, b\n");
    const std::string json = r.json();
    BOOST_TEST(std::count(json.begin(), json.end(), '\n') == 1);
    const auto o = boost::json::parse(json).as_object();
    BOOST_TEST(field(o, "text") == "two\nlines \"quoted\" \x1b[31m bell\a \uFFFD\uFFFD end");
    BOOST_TEST(field(o, "level") == "error");
    BOOST_TEST(o.at("several").as_array().size() == 2U);
    BOOST_TEST(o.at("number").as_int64() == -3);
}

BOOST_AUTO_TEST_CASE(arguments_are_formatted_and_durations_have_units) {
    log::configure(settings());
    log::info("{} of {}, {} {} {{}}", 3, 4.5, true, 'x');
    log::info("{} after {}", std::runtime_error{"boom"}, 1500us);
    log::info("{}", exit_reason::shutdown);
    const auto all = objects();
    BOOST_REQUIRE(all.size() == 3U);
    BOOST_TEST(field(all[0], "text") == "3 of 4.5, true x {}");
    BOOST_TEST(field(all[1], "text") == "boom after 1.5 ms");
    BOOST_TEST(field(all[2], "text") == "shutdown");
}

BOOST_AUTO_TEST_CASE(a_line_below_the_level_is_not_formatted) {
    auto s = settings(severity::warning);
    s.keep = severity::warning;
    log::configure(s);
    int asked = 0;
    log::info("{}", expensive{asked});
    BOOST_TEST(asked == 0);
    BOOST_TEST(!log::wants(severity::info));
    log::warning("{}", expensive{asked});
    BOOST_TEST(asked == 1);
    BOOST_TEST(objects().size() == 1U);
}

BOOST_AUTO_TEST_CASE(each_line_carries_the_pid_and_name_of_its_own_writer) {
    log::configure(settings());
    runtime::start({.threads = 2, .long_handler = 0s}); // no lines but those of the test
    constexpr int writers = 20, lines = 50;
    std::atomic<int> done{0};
    for (int w = 0; w < writers; ++w)
        spawn([&done, w] {
            const pid me = this_process::self();
            if (w % 2 == 0)
                register_name("writer_" + std::to_string(w), me).value();
            for (int i = 0; i < lines; ++i) {
                log::info("{} {}", me, registered_name(me));
                this_process::sleep(0ms); // another writer writes in between
            }
            ++done;
        });
    std::thread plain{[] {
        for (int i = 0; i < lines; ++i)
            log::info(" ");
    }};
    plain.join();
    while (done < writers)
        std::this_thread::yield();
    runtime::stop();
    const auto all = objects();
    BOOST_TEST(all.size() == static_cast<std::size_t>((writers + 1) * lines));
    int wrong = 0;
    for (const auto& o : all)
        wrong += field(o, "text") != field(o, "pid") + ' ' + field(o, "name");
    BOOST_TEST(wrong == 0);
}

BOOST_AUTO_TEST_CASE(a_writer_that_falls_behind_drops_lines_and_tells_how_many) {
    auto s = settings();
    s.queue = 4;
    log::configure(s);
    const auto before = log::count();
    writer_may_go_on = false;
    log::report(severity::info, slow_to_describe{}); // one line waits while it is written
    for (int i = 0; i < 10; ++i)
        log::info("line {}", i); // three more lines may wait
    BOOST_TEST(log::count().dropped - before.dropped == 7U);
    writer_may_go_on = true;
    BOOST_TEST(log::flush());
    log::info("the next one");
    std::vector<std::string> texts;
    for (const auto& o : objects())
        texts.push_back(field(o, "text"));
    const std::vector<std::string> expected{
        "at last",     "line 0", "line 1", "line 2", "the log fell behind: 7 reports were dropped",
        "the next one"};
    BOOST_TEST(texts == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(an_event_whose_text_throws_does_no_harm) {
    log::configure(settings());
    log::report(severity::info, cannot_describe_itself{});
    log::info("after it");
    const auto all = objects();
    BOOST_REQUIRE(all.size() == 2U);
    BOOST_TEST(field(all[0], "text").find("lost for words") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(one_process_may_have_a_level_of_its_own) {
    log::configure(settings(severity::warning));
    runtime::run([] {
        const pid talks = spawn([] {
            this_process::receive<go>();
            log::debug("from the talkative one");
        });
        const pid quiet = spawn([] {
            this_process::receive<go>();
            log::debug("from the quiet one");
        });
        log::set_level(talks, severity::debug);
        for (const pid p : {talks, quiet}) {
            const monitor_ref end = this_process::monitor(p);
            p.send(go{});
            this_process::receive(when([&](const down& d) { return d.ref == end; }, [](down) {}));
        }
    });
    const auto all = objects();
    BOOST_REQUIRE(all.size() == 1U);
    BOOST_TEST(field(all[0], "text") == "from the talkative one");
}

BOOST_AUTO_TEST_CASE(the_last_records_are_remembered) {
    auto s = settings(severity::off);
    s.kept = 3;
    s.keep = severity::info;
    log::configure(s);
    log::forget_recent();
    for (int i = 0; i < 5; ++i)
        log::info("line {}", i);
    const auto all = log::recent();
    BOOST_REQUIRE(all.size() == 3U);
    BOOST_TEST(all[0].get_if<log::written_line>()->text == "line 2");
    BOOST_TEST(log::recent(1)[0].get_if<log::written_line>()->text == "line 4");
    BOOST_TEST(written().empty());
}

BOOST_AUTO_TEST_CASE(a_file_that_cannot_be_opened_is_named_and_changes_nothing) {
    log::configure(settings());
    auto wrong = settings();
    wrong.file = (file / "below_a_file").string();
    log::info("the file is there");
    BOOST_TEST(log::flush());
    BOOST_CHECK_EXCEPTION(log::configure(wrong), std::system_error, [&](const auto& e) {
        return std::string{e.what()}.find(wrong.file) != std::string::npos;
    });
    log::info("and still in use");
    BOOST_TEST(objects().size() == 2U);
}

BOOST_AUTO_TEST_CASE(a_log_file_that_vanishes_is_made_anew) {
    log::configure(settings());
    log::info("into the first");
    BOOST_TEST(log::flush());
    std::filesystem::remove(file);
    log::info("into the second");
    const auto all = objects();
    BOOST_REQUIRE(all.size() == 1U);
    BOOST_TEST(field(all[0], "text") == "into the second");
}

BOOST_AUTO_TEST_CASE(lines_for_a_full_disk_are_lost_and_counted) {
    auto s = settings();
    s.file = "/dev/full";
    log::configure(s);
    const auto before = log::count();
    for (int i = 0; i < 3; ++i)
        log::info("no room for this");
    BOOST_TEST(log::flush());
    BOOST_TEST(log::count().lost - before.lost == 3U);
    BOOST_TEST(log::count().written == before.written);
}

BOOST_AUTO_TEST_CASE(the_first_line_after_a_gap_tells_of_it,
                     *boost::unit_test::precondition(this_is_the_only_thread{})) {
    (void)output_of_child_program([this] {
        log::configure(settings());
        log::info("before");
        log::flush();
        rlimit limit{};
        getrlimit(RLIMIT_FSIZE, &limit);
        const rlim_t all = std::exchange(limit.rlim_cur, std::filesystem::file_size(file));
        setrlimit(RLIMIT_FSIZE, &limit); // as if the disk were full
        for (int i = 0; i < 3; ++i)
            log::info("lost");
        log::flush();
        limit.rlim_cur = all;
        setrlimit(RLIMIT_FSIZE, &limit);
        log::info("after");
        log::flush();
    });
    std::ostringstream text;
    text << std::ifstream{file}.rdbuf();
    std::istringstream lines{text.str()};
    std::vector<std::string> texts;
    for (std::string line; std::getline(lines, line);)
        texts.push_back(field(boost::json::parse(line).as_object(), "text"));
    const std::vector<std::string> expected{
        "before", "the log could not be written: 3 reports were lost: File too large", "after"};
    BOOST_TEST(texts == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_full_file_is_moved_aside_and_few_old_ones_are_kept) {
    auto s = settings();
    s.rotate_at = 1000;
    s.old_files = 2;
    log::configure(s);
    constexpr int lines = 100;
    for (int i = 0; i < lines; ++i)
        log::info("line {}", i);
    BOOST_TEST(log::flush());
    int next = -1, seen = 0; // oldest first, without a gap, to the last one
    for (const char* ending : {".2", ".1", ""}) {
        const std::string name = file.string() + ending;
        BOOST_TEST_REQUIRE(std::filesystem::exists(name));
        BOOST_TEST(std::filesystem::file_size(name) <= 1000U);
        std::ifstream all{name};
        for (std::string line; std::getline(all, line); ++seen) {
            const int n = std::stoi(field(boost::json::parse(line).as_object(), "text").substr(5));
            BOOST_TEST((next < 0 || n == next));
            next = n + 1;
        }
    }
    BOOST_TEST(next == lines);
    BOOST_TEST(seen < lines);
    BOOST_TEST(!std::filesystem::exists(file.string() + ".3"));
}

BOOST_AUTO_TEST_CASE(a_full_file_that_cannot_be_moved_aside_stays_in_use) {
    auto s = settings();
    s.rotate_at = 1000;
    s.old_files = 1;
    std::filesystem::create_directories(file.string() + ".1/in the way");
    log::configure(s);
    const auto before = log::count();
    constexpr int lines = 100;
    for (int i = 0; i < lines; ++i)
        log::info("line {}", i);
    BOOST_TEST(objects().size() == std::size_t{lines});
    BOOST_TEST(log::count().lost == before.lost);
}

BOOST_AUTO_TEST_CASE(a_bad_setting_of_the_environment_is_one_line_and_the_programs_own,
                     *boost::unit_test::precondition(this_is_the_only_thread{})) {
    for (const char* bad : {"file=/no/such/directory/x.log", "loud,debugg", "warning,file=/,x"}) {
        const child_program_output end = output_of_child_program([&] {
            setenv("COPPICE_LOG", bad, 1);
            for (int i = 0; i < 3; ++i)
                log::configure(settings(severity::off));
            log::configure({});
            log::warning("written all the same");
            std::exit(0);
        });
        BOOST_TEST_CONTEXT(bad << ": " << end.text) {
            BOOST_TEST(end.signal == 0);
            const std::size_t first = end.text.find("coppice: COPPICE_LOG ");
            BOOST_TEST(first != std::string::npos);
            BOOST_TEST(end.text.find("coppice: COPPICE_LOG ", first + 1) == std::string::npos);
            BOOST_TEST(end.text.find("written all the same") != std::string::npos);
        }
    }
}

BOOST_AUTO_TEST_CASE(logged_lines_are_written_when_the_program_ends,
                     *boost::unit_test::precondition(this_is_the_only_thread{})) {
    const child_program_output end = output_of_child_program([] {
        log::warning("my last words");
        std::exit(0);
    });
    BOOST_TEST(end.text.find("my last words") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(the_environment_is_stronger_than_the_program,
                     *boost::unit_test::precondition(this_is_the_only_thread{})) {
    const child_program_output off = output_of_child_program([] {
        setenv("COPPICE_LOG", "off", 1);
        log::configure({.level = severity::debug});
        log::critical("not a word");
        std::exit(0);
    });
    BOOST_TEST(off.text == "");
    const child_program_output json = output_of_child_program([] {
        setenv("COPPICE_LOG", "debug,json", 1);
        log::debug("in braces");
        std::exit(0);
    });
    BOOST_TEST(field(boost::json::parse(json.text).as_object(), "text") == "in braces");
    const child_program_output wrong = output_of_child_program([] {
        setenv("COPPICE_LOG", "loud", 1);
        log::warning("written all the same");
        std::exit(0);
    });
    BOOST_TEST(wrong.text.find("unknown word 'loud'") != std::string::npos);
    BOOST_TEST(wrong.text.find("written all the same") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
