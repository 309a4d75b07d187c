// SPDX-License-Identifier: BSL-1.0
// otp_scenario FILE...: executes scenarios on Coppice and prints their raw traces.
#include "scenario.hpp"
#include <coppice/log.hpp>

#include <boost/program_options.hpp>
#include <fstream>
#include <iostream>
#include <map>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

namespace {

using namespace conformance;
namespace fs = std::filesystem;
namespace options = boost::program_options;

// A scenario that hangs for good is ended by a signal and named.
constexpr unsigned seconds_for_one = 300;

struct command_line {
    std::vector<fs::path> files;
    fs::path out; // empty: standard output
    unsigned jobs = std::max(1U, std::thread::hardware_concurrency());
    clock_and_threads on;
};

void write(std::ostream& out, const lines& trace) {
    for (const auto& line : trace)
        out << json::serialize(line) << '\n';
    out.flush();
}

void run_one(const command_line& how, const fs::path& file) {
    const lines trace = run_scenario(read_scenario(file), how.on);
    if (how.out.empty())
        return write(std::cout, trace);
    std::ofstream out{how.out / file.stem().concat(".trace")};
    write(out, trace);
    if (!out)
        throw std::runtime_error{"cannot write to " + how.out.string()};
}

/// Runs each scenario in an operating system process of its own: none can harm another.
class pool {
public:
    explicit pool(const command_line& how) : how_{how} {}

    /// Returns how many failed.
    int run() {
        for (const auto& file : how_.files) {
            if (running_.size() == (how_.out.empty() ? 1 : how_.jobs))
                wait_for_one();
            start(file);
        }
        while (!running_.empty())
            wait_for_one();
        return failed_;
    }

private:
    void start(const fs::path& file) {
        const pid_t child = ::fork();
        if (child < 0)
            throw std::runtime_error{"cannot fork"};
        if (child > 0) {
            running_[child] = file;
            return;
        }
        ::alarm(seconds_for_one);
        int code = 0;
        try {
            run_one(how_, file);
        } catch (const std::exception& e) {
            std::cerr << file.string() << ": " << e.what() << std::endl;
            code = 1;
        }
        std::_Exit(code);
    }

    void wait_for_one() {
        int status = 0;
        const auto ended = running_.find(::wait(&status));
        if (ended == running_.end())
            throw std::runtime_error{"wait: not one of our processes"};
        if (WIFSIGNALED(status))
            std::cerr << ended->second.string() << ": ended by signal " << WTERMSIG(status) << '\n';
        failed_ += status != 0;
        running_.erase(ended);
    }

    const command_line& how_;
    std::map<pid_t, fs::path> running_;
    int failed_ = 0;
};

command_line parsed(int argc, char** argv) {
    command_line c;
    options::options_description named{"otp_scenario [--out DIR] FILE..."};
    // clang-format off
    named.add_options()
        ("help", "this text")
        ("out", options::value(&c.out), "write DIR/<name>.trace for each file, several at once")
        ("jobs", options::value(&c.jobs), "with --out: how many at once; one for each core")
        ("threads", options::value(&c.on.threads), "of the runtime; 0: one for each core")
        ("seed", options::value<std::uint64_t>(),
                "in virtual time on one thread, which this seed schedules");
    // clang-format on
    options::options_description all;
    all.add(named).add_options()("file", options::value(&c.files));
    options::positional_options_description files;
    files.add("file", -1);
    options::variables_map given;
    options::store(options::command_line_parser{argc, argv}.options(all).positional(files).run(),
                   given);
    options::notify(given);
    if (given.contains("help") || c.files.empty()) {
        std::cout << "Executes scenarios (tests/conformance/scenario.md) and prints raw traces.\n\n"
                  << named;
        std::exit(given.contains("help") ? 0 : 2);
    }
    c.jobs = std::max(1U, c.jobs);
    if (given.contains("seed"))
        c.on.seed = given["seed"].as<std::uint64_t>();
    return c;
}

} // namespace

int main(int argc, char** argv) {
    coppice::log::set_level(coppice::severity::off); // the scenarios crash on purpose
    try {
        const command_line how = parsed(argc, argv);
        if (how.files.size() == 1) {
            run_one(how, how.files.front());
            return 0;
        }
        return pool{how}.run() == 0 ? 0 : 1;
    } catch (const std::exception& e) {
        std::cerr << "otp_scenario: " << e.what() << '\n';
        return 2;
    }
}
