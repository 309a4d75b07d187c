// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <boost/test/unit_test.hpp>
#include <csignal>
#include <filesystem>
#include <string>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

/// How a child program ended: the signal that ended it, and the text of its standard error.
struct child_program_output {
    int signal = 0;
    std::string text;
};

/// A precondition of cases that use `output_of_child_program`: a forked child has only the thread
/// that forked. It holds where CTest runs each case in a program of its own.
struct this_is_the_only_thread {
    boost::test_tools::assertion_result operator()(boost::unit_test::test_unit_id) const {
        const std::filesystem::directory_iterator threads{"/proc/self/task"}, end;
        boost::test_tools::assertion_result alone{std::distance(threads, end) == 1};
        alone.message() << "it forks, so it needs a program without other threads";
        return alone;
    }
};

/// Runs `f` in a forked child program.
template <class F>
child_program_output output_of_child_program(F f) {
    int ends[2];
    if (pipe(ends) != 0)
        return {};
    const pid_t child = fork();
    if (child == 0) {
        const rlimit no_core{0, 0};
        setrlimit(RLIMIT_CORE, &no_core);
        for (const int s : {SIGABRT, SIGSEGV, SIGBUS})
            std::signal(s,
                        SIG_DFL); // removes the handlers of the test framework and the sanitizers
        dup2(ends[1], STDERR_FILENO);
        close(ends[0]);
        close(ends[1]);
        f();
        _exit(0);
    }
    close(ends[1]);
    child_program_output all;
    char buffer[4096];
    for (ssize_t n = 0; (n = read(ends[0], buffer, sizeof buffer)) > 0;)
        all.text.append(buffer, static_cast<std::size_t>(n));
    close(ends[0]);
    int status = 0;
    waitpid(child, &status, 0);
    all.signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    return all;
}
