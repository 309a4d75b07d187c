// SPDX-License-Identifier: BSL-1.0
// The directory of the log file is removed while the program logs; then the file is full and is to
// be moved aside.
// Right: the program runs on; wrong: Boost.Log's exception in the writer's thread ends it.
#include "case.hpp"
#include <filesystem>
int main() {
    watchdog(30);
    const bool ok = in_child([] {
        std::filesystem::create_directories("./logdir");
        log::configure({.level = severity::info, .file = "./logdir/x.log", .rotate_at = 2000});
        log::info("first");
        log::flush();
        std::filesystem::remove_all("./logdir");
        for (int i = 0; i < 500; ++i)
            log::info("line {}", i);
        log::flush();
        std::this_thread::sleep_for(300ms);
    });
    return verdict(ok, "a rotation that fails");
}
