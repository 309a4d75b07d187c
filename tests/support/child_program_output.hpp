// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <boost/test/unit_test.hpp>
#include <csignal>
#include <filesystem>
#include <string>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

/// How a program ended that must not end this one: by which signal, and what it wrote to its
/// standard error.
struct last_words {
    int signal = 0;
    std::string text;
};

/// A precondition of cases that use last_words_of: a child has none of its parent's other threads.
/// True where CTest runs each case in a program of its own.
struct this_is_the_only_thread {
    boost::test_tools::assertion_result operator()(boost::unit_test::test_unit_id) const {
        const std::filesystem::directory_iterator threads{"/proc/self/task"}, end;
        boost::test_tools::assertion_result alone{std::distance(threads, end) == 1};
        alone.message() << "it forks, so it needs a program without other threads";
        return alone;
    }
};

/// Runs `f` in a child process.
template <class F>
last_words last_words_of(F f) {
    int ends[2];
    if (pipe(ends) != 0)
        return {};
    const pid_t child = fork();
    if (child == 0) {
        const rlimit no_core{0, 0};
        setrlimit(RLIMIT_CORE, &no_core);
        for (const int s : {SIGABRT, SIGSEGV, SIGBUS})
            std::signal(s, SIG_DFL); // the test framework and the sanitizers have their own
        dup2(ends[1], STDERR_FILENO);
        close(ends[0]);
        close(ends[1]);
        f();
        _exit(0);
    }
    close(ends[1]);
    last_words all;
    char buffer[4096];
    for (ssize_t n = 0; (n = read(ends[0], buffer, sizeof buffer)) > 0;)
        all.text.append(buffer, static_cast<std::size_t>(n));
    close(ends[0]);
    int status = 0;
    waitpid(child, &status, 0);
    all.signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    return all;
}
