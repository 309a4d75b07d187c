// SPDX-License-Identifier: BSL-1.0
// COPPICE_LOG=file=/no/such/directory/x.log, and a process crashes (the first report opens the
// log).
// Right: an error line, and the program runs on; wrong: the exception leaves through the crash
// report and ends the program.
#include "case.hpp"
int main() {
    setenv("COPPICE_LOG", "file=/no/such/directory/x.log", 1);
    const bool ok = in_child([] {
        runtime::start({.threads = 1});
        runtime::run([] {
            spawn([] { throw std::runtime_error{"x"}; });
            this_process::sleep(100ms);
        });
        runtime::stop();
    });
    return verdict(ok, "a log file that cannot be opened");
}
