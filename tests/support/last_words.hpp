// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <csignal>
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

/// Runs `f` in a child process. The caller has one thread still.
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
