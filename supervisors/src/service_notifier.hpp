// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace coppice::detail {

/// Tells the service manager how the program is: systemd's protocol, a datagram of lines
/// `KEY=value` to the Unix socket in the environment variable NOTIFY_SOCKET.
///
/// Without a socket all functions do nothing. A notice that cannot be sent is logged, and costs
/// nothing else: none of the functions waits.
///
/// Shape: a value; copies send to the same socket.
/// Context: any thread; does not suspend.
/// Source: systemd, sd_notify(3), sd_watchdog_enabled(3).
class service_notifier {
public:
    service_notifier() = default; ///< no socket
    /// `socket`: a path, or a name in the abstract namespace, which begins with `@`.
    explicit service_notifier(std::string socket,
                              std::optional<std::chrono::microseconds> watchdog = {});
    /// What NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID say.
    static service_notifier from_environment();

    void ready(std::string_view status) const;
    void reloading() const;
    void stopping() const;
    void status(std::string_view text) const;
    /// The program is alive.
    void beat() const;
    /// How often `beat` is to be called: half of the time that the service manager allows.
    std::optional<std::chrono::microseconds> beat_interval() const;

private:
    void send(std::string_view lines) const;

    std::string socket_ = {};
    std::optional<std::chrono::microseconds> watchdog_ = {};
};

} // namespace coppice::detail
