// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <atomic>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <coppice.hpp>
#include <coppice/asio.hpp>
#include <coppice/detail/exit_hook.hpp>
#include <coppice/log_record.hpp>
#include <coppice/process_info.hpp>
#include <coppice/report.hpp>
#include <coppice/testing.hpp>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

// Shared by the programs of this folder: a watchdog, and a verdict on the last line.
// Exit code 0: right, 1: wrong, 3: it hangs.

using namespace coppice;
using namespace std::chrono_literals;

/// Ends the program with 3 when it runs longer than that. An alarm, not a thread: a program that
/// forks while it has a second thread may find a lock of the C library or of a sanitizer held for
/// ever in its child.
inline void watchdog(int seconds) {
    std::signal(SIGALRM, [](int) {
        static const char text[] = "WRONG: hangs\n";
        [[maybe_unused]] const auto written = ::write(1, text, sizeof text - 1);
        _exit(3);
    });
    alarm(static_cast<unsigned>(seconds));
}

/// The program's exit code.
inline int verdict(bool right, const char* what) {
    std::printf("%s: %s\n", right ? "RIGHT" : "WRONG", what);
    std::fflush(stdout);
    return right ? 0 : 1;
}

/// Runs `f` in a child program and reports how it ended. True: with exit code 0.
template <class F>
bool in_child(F f) {
    const pid_t child = fork();
    if (child == 0) {
        f();
        _exit(0);
    }
    int status = 0;
    waitpid(child, &status, 0);
    if (WIFSIGNALED(status))
        std::printf("the child program died of signal %d\n", WTERMSIG(status));
    else
        std::printf("the child program's exit code: %d\n", WEXITSTATUS(status));
    std::fflush(stdout);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}
