// SPDX-License-Identifier: BSL-1.0
// Calls every public function in every place, each in a program of its own, and compares.
#include "where.hpp"
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <map>
#include <sstream>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

namespace {

using namespace where;

constexpr std::string_view heads[places] = {"before start",
                                            "plain thread",
                                            "process",
                                            "constructor",
                                            "handler",
                                            "terminate",
                                            "destructor of a killed process",
                                            "Asio handler",
                                            "blocking",
                                            "during stop",
                                            "after stop"};

constexpr unsigned limit_in_seconds = 30; // a cell takes some milliseconds

struct child {
    pid_t id;
    int pipe;
};

child begin(place where, std::string (*call)()) {
    int ends[2];
    if (pipe(ends) != 0)
        std::exit(2);
    const pid_t id = fork();
    if (id == 0) {
        close(ends[0]);
        alarm(limit_in_seconds); // the runtime's threads leave the signal to this one
        const std::string word = call_in(where, call);
        [[maybe_unused]] const auto n = write(ends[1], word.data(), word.size());
        _exit(0);
    }
    close(ends[1]);
    return {id, ends[0]};
}

std::string end(const child& c) {
    std::string word;
    char text[256];
    for (ssize_t n; (n = read(c.pipe, text, sizeof text)) > 0;)
        word.append(text, static_cast<std::size_t>(n));
    close(c.pipe);
    int status = 0;
    waitpid(c.id, &status, 0);
    if (WIFSIGNALED(status))
        return WTERMSIG(status) == SIGALRM ? "hangs" : "crashes";
    return word;
}

/// The functions with these names; all functions if there are no names.
std::vector<function> functions_named(std::span<char*> names) {
    std::vector<function> all{functions().begin(), functions().end()};
    all.insert(all.end(), module_functions().begin(), module_functions().end());
    all.insert(all.end(), asio_functions().begin(), asio_functions().end());
    if (!names.empty())
        std::erase_if(all, [&](const function& f) {
            return std::find(names.begin(), names.end(), f.name) == names.end();
        });
    return all;
}

std::vector<std::string> call_everywhere(const function& f) {
    std::vector<child> children;
    for (std::size_t i = 0; i < places; ++i)
        children.push_back(begin(static_cast<place>(i), f.call));
    std::vector<std::string> words;
    for (const child& c : children)
        words.push_back(end(c));
    return words;
}

void record(std::ostream& out, std::span<char*> names) {
    for (const function& f : functions_named(names)) {
        out << "    {\"" << f.name << "\",\n     {";
        const char* comma = "";
        for (const std::string& w : call_everywhere(f)) {
            out << comma << '"' << w << '"';
            comma = ", ";
        }
        out << "}},\n" << std::flush;
    }
}

std::string markdown() {
    std::ostringstream out;
    out << "# Where a function may be called\n\n"
           "What each public function answers, wherever it is called. `yes`: it does what it says, "
           "and "
           "returns nothing, or a value that depends on nothing else; a word such as `noproc` is "
           "an "
           "error that is returned; `throws noproc` is the same thrown; `ends the process` is the "
           "exception that ends it.\n\n"
           "Before the start and after the stop the references are null or stale; during the stop "
           "the "
           "processes that they name have been killed. Written by `coppice_where --markdown` from "
           "`tests/where/table.cpp`; the tests compare both with what really comes out.\n\n|";
    for (const auto h : heads)
        out << " | " << h;
    out << " |\n|---";
    for (std::size_t i = 0; i < places; ++i)
        out << "|---";
    out << "|\n";
    for (const row& r : expected()) {
        out << "| `" << r.name << '`';
        for (const auto w : r.words)
            out << " | " << w;
        out << " |\n";
    }
    return out.str();
}

int compare(std::span<char*> names) {
    const std::vector<function> all = functions_named(names);
    int wrong = 0;
    std::map<std::string_view, const row*> rows;
    for (const row& r : expected())
        rows[r.name] = &r;
    for (const function& f : all) {
        const auto words = call_everywhere(f);
        const auto r = rows.find(f.name);
        for (std::size_t i = 0; i < places; ++i) {
            const std::string_view wanted = r == rows.end() ? "(no row)" : r->second->words[i];
            if (words[i] == wanted)
                continue;
            ++wrong;
            std::cout << f.name << ", " << heads[i] << ": " << words[i] << ", expected " << wanted
                      << '\n';
        }
    }
    std::cout << all.size() * places << " cells, " << wrong << " differ\n";
    return wrong ? 1 : 0;
}

} // namespace

int main(int count, char** words) {
    setenv("COPPICE_LOG", "off", 0);
    const std::span all{words + 1, static_cast<std::size_t>(count - 1)};
    const std::string_view word = all.empty() ? "" : all[0];
    if (word == "--record")
        return record(std::cout, all.subspan(1)), 0;
    if (word == "--markdown")
        return std::cout << markdown(), 0;
    if (word == "--compare-markdown" && count > 2) {
        std::ifstream file{words[2]};
        const std::string there{std::istreambuf_iterator<char>{file}, {}};
        if (there == markdown())
            return 0;
        std::cout << words[2] << " is not what coppice_where --markdown writes\n";
        return 1;
    }
    return compare(all);
}
