// SPDX-License-Identifier: BSL-1.0
// application whose top supervisor ends by auto_shutdown (its significant child ended normally): a
// program that is done. Right (to be decided): 0; observed: 1 and "the tree gave up: shutdown" on
// the standard error.
#include "case.hpp"
int main() {
    watchdog(10);
    log::set_level(severity::off);
    const int code = application{{.auto_shutdown = auto_shutdown::any_significant},
                                 {child<task<>>("job", [] { this_process::sleep(50ms); })
                                      .restart(transient)
                                      .significant()}}
                         .run();
    std::printf("code %d\n", code);
    return verdict(code == 0, "an orderly end of the tree by auto_shutdown");
}
