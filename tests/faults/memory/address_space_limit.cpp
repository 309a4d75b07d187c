// SPDX-License-Identifier: BSL-1.0
// The address space is limited to 2 GiB (RLIMIT_AS, as a container's or a shell's ulimit -v), and
// processes allocate until there is no more.
// Right: each process that finds no memory exits with std::bad_alloc, and the others go on; wrong:
// std::terminate, or nothing can start, since half of the space is reserved.
#include "case.hpp"
#include <sys/resource.h>
struct ask {
    using reply = int;
};
struct srv {
    int handle_call(ask) { return 7; }
};
int main() {
    watchdog(50);
    const bool ok = in_child([] {
        const rlimit limit{std::size_t{2} << 30, std::size_t{2} << 30};
        setrlimit(RLIMIT_AS, &limit);
        log::configure({.level = severity::critical});
        runtime::start({.threads = 2});
        bool right = true;
        runtime::run([&] {
            const auto s = start<srv>();
            // A quarter of the limit at once is there for the program.
            right &= static_cast<bool>(
                std::unique_ptr<char[]>{new (std::nothrow) char[std::size_t{512} << 20]});
            for (int i = 0; i < 50; ++i) {
                (void)spawn_monitor([] {
                    std::vector<std::unique_ptr<char[]>> all;
                    for (;;)
                        all.push_back(
                            std::make_unique_for_overwrite<char[]>(std::size_t{64} << 20));
                });
                const auto d = this_process::receive<down>();
                right &= d.reason.text().find("bad_alloc") != std::string::npos;
                right &= s.call(ask{}) == 7;
            }
            // More are suspended inside a handler than there can be stacks.
            std::vector<pid> many;
            for (int i = 0; i < 5000; ++i)
                many.push_back(spawn([] { this_process::sleep(infinity); }));
            this_process::sleep(100ms);
            for (const pid p : many)
                p.exit(exit_reason::kill);
            right &= s.call(ask{}) == 7;
        });
        runtime::stop();
        _exit(right ? 0 : 1);
    });
    return verdict(ok, "little address space");
}
