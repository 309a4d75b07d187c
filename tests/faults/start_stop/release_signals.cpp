// SPDX-License-Identifier: BSL-1.0
// A release under SIGHUP and SIGTERM: a changed file, a broken one, a changed one again; a SIGHUP
// while it stops.
// Right: config_change is called for the two good files, the broken one is reported, the program
// stops in order and its code is 0; wrong: SIGHUP ends it, or a change is lost.
#include "case.hpp"
#include <coppice/release.hpp>
#include <filesystem>
#include <fstream>
#include <string>

namespace {

int told[2];

void tell(char c) {
    if (write(told[1], &c, 1) != 1)
        _exit(9);
}

char hear() {
    char c = '?';
    return read(told[0], &c, 1) == 1 ? c : '!';
}

struct open_doors {};

class web {
public:
    static constexpr std::string_view name = "web";
    struct config {
        int port = 8080;
    };
    supervisor_spec start(const config& c) {
        tell(c.port == 1 ? '1' : '?');
        return {};
    }
    using start_phases = phases<open_doors>;
    void start_phase(open_doors) { tell('o'); }
    void config_change(const config& now) { tell(static_cast<char>('0' + now.port)); }
    void prep_stop() {
        tell('p');
        this_process::sleep(300ms);
    }
    void stop() { tell('s'); }
};
BOOST_DESCRIBE_STRUCT(web::config, (), (port))

const std::string file = (std::filesystem::temp_directory_path() /
                          ("coppice_release_signals_" + std::to_string(getpid()) + ".toml"))
                             .string();

void write_file(const char* text) { std::ofstream{file} << text; }

int child() {
    log::configure({.level = severity::off});
    const auto rejected = log::subscribe(severity::error, [](const log::record& r) {
        if (r.get_if<configuration_rejected>())
            tell('x');
    });
    return release<web>{{.config_file = file}}.run();
}

} // namespace

int main() {
    watchdog(30);
    if (pipe(told) != 0)
        return 2;
    write_file("[web]\nport = 1\n");
    const pid_t c = fork();
    if (c == 0)
        _exit(child());
    close(told[1]);
    std::string all;
    all += hear();
    all += hear();
    write_file("[web]\nport = 2\n");
    kill(c, SIGHUP);
    all += hear();
    write_file("[web]\nprot = 3\n");
    kill(c, SIGHUP);
    all += hear();
    write_file("[web]\nport = 4\n");
    kill(c, SIGHUP);
    all += hear();
    kill(c, SIGTERM);
    all += hear();
    kill(c, SIGHUP);
    all += hear();
    int st = 0;
    waitpid(c, &st, 0);
    unlink(file.c_str());
    std::printf("it told %s\n", all.c_str());
    if (WIFSIGNALED(st))
        std::printf("died of signal %d\n", WTERMSIG(st));
    else
        std::printf("exit code %d\n", WEXITSTATUS(st));
    return verdict(all == "1o2x4ps" && WIFEXITED(st) && WEXITSTATUS(st) == 0,
                   "SIGHUP and SIGTERM of a release");
}
