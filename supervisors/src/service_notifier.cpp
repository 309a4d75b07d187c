// SPDX-License-Identifier: BSL-1.0
#include "service_notifier.hpp"

#include <cerrno>
#include <charconv>
#include <coppice/log.hpp>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace coppice::detail {

namespace {

std::string_view variable(const char* name) {
    const char* value = std::getenv(name);
    return value != nullptr ? value : "";
}

std::optional<std::int64_t> number(std::string_view text) {
    std::int64_t n = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), n);
    if (error != std::errc{} || end != text.data() + text.size() || n <= 0)
        return std::nullopt;
    return n;
}

/// A descriptor that is closed.
class datagram_socket {
public:
    datagram_socket() : fd_{::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)} {}
    ~datagram_socket() {
        if (fd_ >= 0)
            ::close(fd_);
    }
    datagram_socket(const datagram_socket&) = delete;
    datagram_socket& operator=(const datagram_socket&) = delete;

    bool send(const sockaddr_un& to, socklen_t size, std::string_view text) const {
        return fd_ >= 0 && ::sendto(fd_, text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT,
                                    reinterpret_cast<const sockaddr*>(&to),
                                    size) == static_cast<ssize_t>(text.size());
    }

private:
    int fd_;
};

bool is_address(std::string_view socket) {
    return (socket.starts_with('/') || socket.starts_with('@')) && socket.size() > 1 &&
           socket.size() < sizeof(sockaddr_un::sun_path);
}

/// A line of a notice: a line feed would begin another.
std::string one_line(std::string_view text) {
    std::string line{text};
    for (char& c : line)
        if (c == '\n')
            c = ' ';
    return line;
}

} // namespace

service_notifier::service_notifier(std::string socket,
                                   std::optional<std::chrono::microseconds> watchdog)
    : socket_{std::move(socket)}, watchdog_{watchdog} {
    if (is_address(socket_))
        return;
    log::error(
        "NOTIFY_SOCKET is `{}`, which is neither a path nor begins with `@`, or is too long: "
        "the service manager is told nothing",
        socket_);
    socket_.clear();
}

service_notifier service_notifier::from_environment() {
    const std::string_view socket = variable("NOTIFY_SOCKET");
    if (socket.empty())
        return {};
    std::optional<std::chrono::microseconds> watchdog;
    const std::string_view process = variable("WATCHDOG_PID");
    // The variables are inherited: they may be meant for the program that started this one.
    if (process.empty() || number(process) == std::int64_t{::getpid()})
        if (const auto us = number(variable("WATCHDOG_USEC")))
            watchdog = std::chrono::microseconds{*us};
    return service_notifier{std::string{socket}, watchdog};
}

void service_notifier::ready(std::string_view status) const {
    send(fmt::format("READY=1\nSTATUS={}", one_line(status)));
}

void service_notifier::reloading() const {
    timespec now{};
    clock_gettime(CLOCK_MONOTONIC, &now); // `Type=notify-reload` compares it with its own
    send(fmt::format("RELOADING=1\nMONOTONIC_USEC={}\nSTATUS=reading the configuration",
                     std::int64_t{now.tv_sec} * 1'000'000 + now.tv_nsec / 1000));
}

void service_notifier::stopping() const { send("STOPPING=1"); }

void service_notifier::status(std::string_view text) const {
    send(fmt::format("STATUS={}", one_line(text)));
}

void service_notifier::beat() const { send("WATCHDOG=1"); }

std::optional<std::chrono::microseconds> service_notifier::beat_interval() const {
    if (socket_.empty() || !watchdog_)
        return std::nullopt;
    return *watchdog_ / 2;
}

void service_notifier::send(std::string_view lines) const {
    if (socket_.empty())
        return;
    sockaddr_un to{};
    to.sun_family = AF_UNIX;
    std::memcpy(to.sun_path, socket_.data(), socket_.size());
    auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + socket_.size());
    if (socket_[0] == '@')
        to.sun_path[0] = '\0'; // the abstract namespace: the name is not terminated
    else
        ++size;
    if (!datagram_socket{}.send(to, size, lines))
        log::error("the service manager was not told `{}`: {}", one_line(lines),
                   std::strerror(errno));
}

} // namespace coppice::detail
