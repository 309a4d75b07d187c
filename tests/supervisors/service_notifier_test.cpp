// SPDX-License-Identifier: BSL-1.0
// What systemd is told, by a socket of the test's own.
#include "service_notifier.hpp"

#include "release_controller.hpp"
#include "tree_fixture.hpp"

#include <coppice/release.hpp>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

using namespace tree_fixture;
using detail::service_notifier;

namespace {

/// A service manager: its socket lies at a path, or, with `@`, in the abstract namespace.
class manager {
public:
    explicit manager(std::string name) : name_{std::move(name)} {
        sockaddr_un to{};
        to.sun_family = AF_UNIX;
        std::memcpy(to.sun_path, name_.data(), name_.size());
        const bool is_abstract = name_[0] == '@';
        if (is_abstract)
            to.sun_path[0] = '\0';
        const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name_.size() +
                                                 (is_abstract ? 0 : 1));
        BOOST_TEST_REQUIRE(::bind(fd_, reinterpret_cast<const sockaddr*>(&to), size) == 0);
    }
    ~manager() {
        ::close(fd_);
        ::unlink(name_.c_str());
    }
    manager(const manager&) = delete;
    manager& operator=(const manager&) = delete;

    const std::string& name() const { return name_; }
    /// What has come: a datagram is there as soon as it is sent.
    lines received() {
        lines all;
        char buffer[1000];
        for (ssize_t n; (n = ::recv(fd_, buffer, sizeof buffer, MSG_DONTWAIT)) >= 0;)
            all.emplace_back(buffer, static_cast<std::size_t>(n));
        return all;
    }

private:
    int fd_ = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    std::string name_;
};

std::string unique(const std::string& beginning) {
    return beginning + "coppice_notify_" + std::to_string(::getpid());
}
std::string in_temp() { return unique(std::filesystem::temp_directory_path().string() + '/'); }

void check_lines(const lines& got, const lines& expected) {
    BOOST_TEST(got == expected, boost::test_tools::per_element());
}

class quiet {
public:
    static constexpr std::string_view name = "quiet";
    supervisor_spec start() { return {}; }
};

std::shared_ptr<detail::release_state> made(const service_notifier& n) {
    detail::release_plan plan;
    plan.applications = {&detail::application_type_of<quiet>};
    return std::make_shared<detail::release_state>(plan, detail::read_release_config(plan), n);
}

} // namespace

BOOST_AUTO_TEST_SUITE(service_notifier_suite)

BOOST_AUTO_TEST_CASE(tells_a_socket_at_a_path_and_an_abstract_one) {
    for (const std::string& name : {in_temp(), unique("@")}) {
        manager m{name};
        const service_notifier n{name};
        n.status("one\ntwo");
        n.ready("running");
        n.beat();
        n.stopping();
        check_lines(m.received(),
                    {"STATUS=one two", "READY=1\nSTATUS=running", "WATCHDOG=1", "STOPPING=1"});
    }
}

BOOST_AUTO_TEST_CASE(a_reload_has_the_monotonic_time) {
    manager m{unique("@")};
    service_notifier{m.name()}.reloading();
    const lines got = m.received();
    BOOST_TEST_REQUIRE(got.size() == 1);
    BOOST_TEST(got[0].starts_with("RELOADING=1\nMONOTONIC_USEC="));
}

BOOST_AUTO_TEST_CASE(without_a_socket_or_with_a_wrong_one_it_does_nothing) {
    log::set_level(severity::off);
    service_notifier{}.ready("x");
    service_notifier{"relative"}.ready("x");
    service_notifier{std::string(200, '/')}.ready("x");
    service_notifier{"/no/such/socket"}.ready("x");
    BOOST_TEST(!service_notifier{}.beat_interval());
    log::set_level(severity::notice);
}

BOOST_AUTO_TEST_CASE(the_environment_says_where_and_how_often) {
    ::unsetenv("NOTIFY_SOCKET");
    BOOST_TEST(!service_notifier::from_environment().beat_interval());
    manager m{unique("@")};
    ::setenv("NOTIFY_SOCKET", m.name().c_str(), 1);
    ::setenv("WATCHDOG_USEC", "3000000", 1);
    BOOST_TEST((service_notifier::from_environment().beat_interval() == 1500ms));
    ::setenv("WATCHDOG_PID", std::to_string(::getpid()).c_str(), 1);
    BOOST_TEST((service_notifier::from_environment().beat_interval() == 1500ms));
    ::setenv("WATCHDOG_PID", "1", 1); // meant for another program
    BOOST_TEST(!service_notifier::from_environment().beat_interval());
    service_notifier::from_environment().beat();
    check_lines(m.received(), {"WATCHDOG=1"});
    for (const char* v : {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"})
        ::unsetenv(v);
}

BOOST_AUTO_TEST_CASE(a_release_says_when_it_is_ready_and_when_it_stops) {
    play([] {
        manager m{unique("@")};
        const auto s = made(service_notifier{m.name()});
        const pid controller = spawn_link([s] { s->run_master(); });
        settle();
        check_lines(m.received(), {"STATUS=starting quiet", "READY=1\nSTATUS=running"});
        const auto done = log::subscribe<configuration_reloaded>(this_process::self());
        controller.send(detail::reload_program{});
        this_process::receive([](configuration_reloaded) {});
        const lines reload = m.received();
        BOOST_TEST_REQUIRE(reload.size() == 2);
        BOOST_TEST(reload[0].starts_with("RELOADING=1\n"));
        BOOST_TEST(reload[1] == "READY=1\nSTATUS=running");
        controller.send(detail::stop_program{});
        end_of(controller);
        check_lines(m.received(), {"STOPPING=1", "STATUS=stopping quiet"});
    });
}

BOOST_AUTO_TEST_CASE(a_process_beats_twice_in_the_time_that_the_watchdog_allows) {
    play([] {
        manager m{unique("@")};
        const auto s = made(service_notifier{m.name(), 2s});
        const pid controller = spawn_link([s] { s->run_master(); });
        settle();
        m.received();
        settle(5500ms); // between two beats
        check_lines(m.received(), lines(5, "WATCHDOG=1"));
        controller.send(detail::stop_program{});
        end_of(controller);
    });
}

BOOST_AUTO_TEST_SUITE_END()
