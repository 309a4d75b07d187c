// SPDX-License-Identifier: BSL-1.0
// Several applications: their order, phases, ends, time limits, and the reload of configurations.
#include "release_controller.hpp"
#include "tree_fixture.hpp"

#include <coppice/release.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <unistd.h>

using namespace tree_fixture;
using detail::release_plan;
using detail::release_state;

namespace {

/// What else an application does at a moment: `{"start a", [] { throw ...; }}`.
std::map<std::string, std::function<void()>> on;

void reach(const std::string& moment) {
    note(moment);
    if (const auto h = on.find(moment); h != on.end())
        h->second();
}

[[noreturn]] void hang() { // NOLINT(clang-diagnostic-missing-noreturn)
    for (;;)
        this_process::sleep(infinity);
}

/// The running worker of each application.
std::map<std::string, server_ref<worker>> workers;

class known_worker : public worker {
public:
    explicit known_worker(const std::string& id) : worker{id} {
        workers[id] = server_ref<worker>{this_process::self()};
    }
};

struct first_phase {};
struct second_phase {};

template <char C>
inline constexpr char letter[]{C};

/// An application that records all that it is asked to do. Its tree is one worker of its name.
template <char C, class Needs = needs<>, restart_type T = permanent>
class app {
public:
    static constexpr std::string_view name{letter<C>, 1};
    static constexpr restart_type type = T;
    using applications = Needs;
    using start_phases = phases<first_phase, second_phase>;

    supervisor_spec start() {
        reach("app " + id());
        return {{.intensity = 0, .auto_shutdown = auto_shutdown::any_significant},
                {child<known_worker>(id(), id()).restart(transient).significant()}};
    }
    void start_phase(first_phase) { reach("first " + id()); }
    void start_phase(second_phase) { reach("second " + id()); }
    void prep_stop() { reach("prep_stop " + id()); }
    void stop() { reach("stopped " + id()); }

private:
    static std::string id() { return std::string{name}; }
};

using a = app<'a'>;
using b = app<'b', needs<a>>;
using c = app<'c', needs<a, b>>;
using passing = app<'t', needs<a>, temporary>;
using careful = app<'s', needs<a>, transient>;

template <class... As>
std::shared_ptr<release_state> made(release_plan plan = {},
                                    detail::service_notifier notifier = {},
                                    std::function<int()> main = {}) {
    event_log.clear();
    on.clear();
    const auto& types = detail::release_types<As...>;
    plan.applications.assign(types.begin(), types.end());
    auto config = detail::read_release_config(plan);
    BOOST_TEST(config.errors.empty());
    return std::make_shared<release_state>(plan, std::move(config), std::move(notifier),
                                           std::move(main));
}

pid begin(const std::shared_ptr<release_state>& s) {
    return spawn_link([s] { s->run_master(); });
}

/// Runs it until it is up, tells it to stop, and waits for its end.
void run_and_stop(const std::shared_ptr<release_state>& s) {
    const pid controller = begin(s);
    settle();
    controller.send(detail::stop_program{});
    end_of(controller);
}

void check_log(const lines& expected) {
    BOOST_TEST(event_log == expected, boost::test_tools::per_element());
}

const lines all_of_a_and_b{"app a",           "start a",         "app b",     "start b",
                           "first a",         "second a",        "first b",   "second b",
                           "prep_stop b",     "stop b shutdown", "stopped b", "prep_stop a",
                           "stop a shutdown", "stopped a"};

/// The configurations of the cases of SIGHUP.
class configured {
public:
    static constexpr std::string_view name = "configured";
    struct config {
        int size = 1;
        std::string text = "none";
    };
    supervisor_spec start(const config& c) {
        note("starts with " + c.text);
        return {};
    }
    void config_change(const config& now) { reach("changes to " + now.text); }
};
BOOST_DESCRIBE_STRUCT(configured::config, (), (size, text))

class unchanging {
public:
    static constexpr std::string_view name = "unchanging";
    struct config {
        int size = 1;
    };
    supervisor_spec start(const config&) { return {}; }
    void config_change(const config&) { note("unchanging has changed"); }
};
BOOST_DESCRIBE_STRUCT(unchanging::config, (), (size))

/// A file that is removed again.
class temporary_file {
public:
    explicit temporary_file(const std::string& text) { write(text); }
    ~temporary_file() { std::filesystem::remove(path_); }
    void write(const std::string& text) { std::ofstream{path_} << text; }
    const std::string& path() const { return path_; }

private:
    const std::string path_ = (std::filesystem::temp_directory_path() /
                               ("coppice_release_test_" + std::to_string(::getpid()) + ".toml"))
                                  .string();
};

/// SIGHUP: returns when the file has been read, on a thread of its own, and has had its effect.
void reload(pid controller) {
    const auto done = log::subscribe<configuration_reloaded>(this_process::self());
    const auto refused = log::subscribe<configuration_rejected>(this_process::self());
    controller.send(detail::reload_program{});
    this_process::receive([](configuration_reloaded) {},
                          [](const configuration_rejected& r) {
                              for (const std::string& e : r.errors)
                                  note(e.substr(e.find(".toml")));
                          });
}

} // namespace

BOOST_AUTO_TEST_SUITE(release_suite)

// OTP Design Principles, "Applications": an application starts after those it depends on.
BOOST_AUTO_TEST_CASE(starts_in_the_order_of_needs_and_stops_in_the_reverse_order) {
    play([] {
        const auto s = made<b, a>();
        run_and_stop(s);
        check_log(all_of_a_and_b);
        BOOST_TEST((s->outcome == release_exit_code::stopped));
        BOOST_TEST(!s->stop_was_late);
    });
}

// Of those whose needs are met the first listed starts first.
BOOST_AUTO_TEST_CASE(keeps_the_order_of_the_list_where_needs_allow_it) {
    constexpr auto names = [](const auto& types) {
        std::string all;
        for (const auto* t : types)
            all += t->name;
        return all;
    };
    BOOST_TEST(names(detail::release_types<c, b, a>) == "abc");
    BOOST_TEST(names(detail::release_types<c, passing, a, b>) == "atbc");
    BOOST_TEST(names(detail::release_types<app<'z'>, a, app<'y'>>) == "zay");
}

BOOST_AUTO_TEST_CASE(runs_main_when_all_is_up_and_its_value_is_the_code) {
    event_log.clear();
    on.clear();
    const int code = release<b, a>{{.runtime = {.threads = 2}}}.run([] {
        note("main");
        return 7;
    });
    BOOST_TEST(code == 7);
    lines expected = all_of_a_and_b;
    expected.insert(expected.begin() + 8, "main");
    check_log(expected);
}

BOOST_AUTO_TEST_CASE(tells_1_when_main_crashes) {
    BOOST_TEST(release<>{{.runtime = {.threads = 2}}}.run([] { throw 1; }) == 1);
}

BOOST_AUTO_TEST_CASE(must_not_be_run_from_a_process) {
    const int code = application{{.runtime = {.threads = 2}}}.run([] {
        BOOST_CHECK_THROW(release<>{}.run([] {}), std::logic_error);
        return 5;
    });
    BOOST_TEST(code == 5);
}

// --- a start that fails ---

BOOST_AUTO_TEST_CASE(an_application_that_fails_to_start_stops_those_before_it) {
    play([] {
        const auto s = made<a, b>();
        on["app b"] = [] { throw std::runtime_error{"no disk"}; };
        end_of(begin(s));
        check_log({"app a", "start a", "app b", "prep_stop a", "stop a shutdown", "stopped a"});
        BOOST_TEST((s->outcome == release_exit_code::not_started));
        BOOST_TEST(s->why == "application `b` did not start: std::runtime_error: no disk");
    });
}

BOOST_AUTO_TEST_CASE(a_start_that_hangs_is_named) {
    play([] {
        const auto s = made<a, b>({.start_timeout = 3s});
        on["app b"] = hang;
        const auto before = this_process::now();
        end_of(begin(s));
        BOOST_TEST((this_process::now() - before < 4s));
        check_log({"app a", "start a", "app b", "prep_stop a", "stop a shutdown", "stopped a"});
        BOOST_TEST((s->outcome == release_exit_code::start_timeout));
        BOOST_TEST(s->why == "application `b` did not start within 3000 ms");
    });
}

BOOST_AUTO_TEST_CASE(a_start_phase_that_fails_stops_all_in_order) {
    play([] {
        const auto s = made<a, b>();
        on["second a"] = [] { this_process::exit(boom); };
        end_of(begin(s));
        check_log({"app a", "start a", "app b", "start b", "first a", "second a", "prep_stop b",
                   "stop b shutdown", "stopped b", "prep_stop a", "stop a shutdown", "stopped a"});
        BOOST_TEST((s->outcome == release_exit_code::not_started));
        BOOST_TEST(s->why.find("second_phase` of application `a` failed: boom") !=
                   std::string::npos);
    });
}

BOOST_AUTO_TEST_CASE(a_start_phase_that_hangs_is_named) {
    play([] {
        const auto s = made<a>({.start_timeout = 3s, .stop_timeout = 1s});
        on["first a"] = hang;
        end_of(begin(s));
        BOOST_TEST((s->outcome == release_exit_code::start_timeout));
        BOOST_TEST(s->why.find("first_phase` of application `a` did not end within 3000 ms") !=
                   std::string::npos);
    });
}

// The start of `b` may take its time; then it is stopped in order.
BOOST_AUTO_TEST_CASE(a_release_that_is_told_to_stop_during_a_start_stops_what_has_started) {
    play([] {
        const auto s = made<a, b, c>();
        on["app b"] = [] { this_process::sleep(2s); };
        run_and_stop(s);
        check_log({"app a", "start a", "app b", "start b", "prep_stop b", "stop b shutdown",
                   "stopped b", "prep_stop a", "stop a shutdown", "stopped a"});
        BOOST_TEST((s->outcome == release_exit_code::stopped));
    });
}

// --- a stop that fails ---

BOOST_AUTO_TEST_CASE(an_application_that_does_not_stop_is_killed_and_the_next_one_is_stopped) {
    play([] {
        const auto s = made<a, b>({.stop_timeout = 3s});
        on["prep_stop b"] = hang;
        run_and_stop(s);
        BOOST_TEST(s->stop_was_late);
        const lines end{event_log.end() - 5, event_log.end()};
        const lines expected{"prep_stop b", "stop b shutdown", "prep_stop a", "stop a shutdown",
                             "stopped a"};
        BOOST_TEST(end == expected, boost::test_tools::per_element());
    });
}

// OTP's application_master: what fails in prep_stop and stop is reported, and the stop goes on.
BOOST_AUTO_TEST_CASE(a_stop_goes_on_whatever_fails_in_it) {
    play([] {
        const auto s = made<a, b>();
        on["prep_stop b"] = [] { throw std::runtime_error{"prep_stop"}; };
        on["stopped b"] = [] { this_process::exit(boom); };
        run_and_stop(s);
        check_log(all_of_a_and_b);
        BOOST_TEST((s->outcome == release_exit_code::stopped));
    });
}

// --- an application ends by itself ---

// OTP, application:start/2, "permanent": all other applications end with it, and so does the node.
BOOST_AUTO_TEST_CASE(a_permanent_application_ends_the_release) {
    play([] {
        for (const bool fails : {true, false}) {
            const auto s = made<a, b>();
            const pid controller = begin(s);
            happened();
            workers["b"].cast(end_with{fails ? boom : exit_reason::normal});
            end_of(controller);
            check_log({fails ? "stop b boom" : "stop b normal", "stopped b", "prep_stop a",
                       "stop a shutdown", "stopped a"});
            BOOST_TEST(
                (s->outcome == (fails ? release_exit_code::failed : release_exit_code::stopped)));
            if (fails)
                BOOST_TEST(s->why == "application `b` failed: shutdown");
        }
    });
}

BOOST_AUTO_TEST_CASE(a_transient_application_ends_the_release_when_it_fails) {
    play([] {
        for (const bool fails : {true, false}) {
            const auto s = made<a, careful>();
            const pid controller = begin(s);
            happened();
            workers["s"].cast(end_with{fails ? boom : exit_reason::normal});
            settle();
            BOOST_TEST(controller.alive() == !fails);
            controller.send(detail::stop_program{});
            end_of(controller);
            BOOST_TEST(
                (s->outcome == (fails ? release_exit_code::failed : release_exit_code::stopped)));
        }
    });
}

BOOST_AUTO_TEST_CASE(a_temporary_application_ends_alone) {
    play([] {
        const auto s = made<a, passing>();
        const pid controller = begin(s);
        happened();
        workers["t"].cast(end_with{boom});
        check_happened({"stop t boom", "stopped t"});
        BOOST_TEST(controller.alive());
        controller.send(detail::stop_program{});
        end_of(controller);
        check_log({"prep_stop a", "stop a shutdown", "stopped a"});
        BOOST_TEST((s->outcome == release_exit_code::stopped));
    });
}

BOOST_AUTO_TEST_CASE(an_application_that_is_killed_has_failed) {
    play([] {
        const auto s = made<a>();
        const pid controller = begin(s);
        happened();
        process_info(process_info(workers["a"].process())->parent)->parent.exit(exit_reason::kill);
        end_of(controller);
        BOOST_TEST((s->outcome == release_exit_code::failed));
        BOOST_TEST(!workers["a"].process().alive());
    });
}

// --- SIGHUP ---

BOOST_AUTO_TEST_CASE(a_reload_changes_only_what_has_changed) {
    play([] {
        temporary_file file{"[configured]\ntext = \"one\"\n"};
        const auto s = made<configured, unchanging>({.config_file = file.path()});
        const pid controller = begin(s);
        check_happened({"starts with one"});
        reload(controller);
        check_happened({});
        file.write("[configured]\ntext = \"two\"\n[unchanging]\nsize = 1\n");
        reload(controller);
        check_happened({"changes to two"});
        file.write("[configured]\nsize = 2\n");
        reload(controller);
        check_happened({"changes to none"});
        controller.send(detail::stop_program{});
        end_of(controller);
    });
}

BOOST_AUTO_TEST_CASE(a_broken_file_leaves_all_configurations_as_they_were) {
    play([] {
        temporary_file file{"[configured]\ntext = \"one\"\n"};
        const auto s = made<configured, unchanging>({.config_file = file.path()});
        const pid controller = begin(s);
        happened();
        file.write("[configured]\ntext = \"two\"\n[unchanging]\nsize = \"1\"\n");
        reload(controller);
        check_happened({".toml:4:8: `unchanging.size` is the string \"1\"; expected an integer "
                        "from -2147483648 to 2147483647"});
        file.write("[configured]\ntext = \"two\"\n");
        reload(controller);
        check_happened({"changes to two"});
        controller.send(detail::stop_program{});
        end_of(controller);
    });
}

// So that the next SIGHUP tries it again.
BOOST_AUTO_TEST_CASE(a_config_change_that_fails_counts_as_none) {
    play([] {
        temporary_file file{""};
        const auto s = made<configured>({.config_file = file.path()});
        const pid controller = begin(s);
        happened();
        file.write("configured.text = \"two\"");
        on["changes to two"] = [] { throw std::runtime_error{"not now"}; };
        reload(controller);
        check_happened({"changes to two"});
        on.clear();
        reload(controller);
        check_happened({"changes to two"});
        reload(controller);
        check_happened({});
        controller.send(detail::stop_program{});
        end_of(controller);
    });
}

BOOST_AUTO_TEST_CASE(tells_78_when_the_configuration_is_wrong_and_starts_nothing) {
    event_log.clear();
    temporary_file file{"[configured]\nsise = 2\n"};
    BOOST_TEST(release<configured>{{.config_file = file.path()}}.run() == 78);
    BOOST_TEST(release<configured>{{.config_file = "/none.toml"}}.run() == 78);
    check_log({});
}

BOOST_AUTO_TEST_SUITE_END()
