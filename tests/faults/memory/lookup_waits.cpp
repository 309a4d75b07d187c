// SPDX-License-Identifier: BSL-1.0
// A writer of a name index shares its processor with a hog, and is pre-empted between two stores of its version; a reader on the other processor looks up another name.
// Right: a look-up ("takes no lock") waits for nobody; wrong: it spins until the writer gets its processor back (milliseconds).
#include "case.hpp"
#include <name_index.hpp>
#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>
static void pin(int cpu) {
    cpu_set_t s;
    CPU_ZERO(&s);
    CPU_SET(cpu, &s);
    sched_setaffinity(0, sizeof s, &s);
}
int main(int argc, char**) { // with an argument: the control, no writer
    watchdog(20);
    static detail::name_index names;
    auto h = [](const char* n) { return detail::name_index::hash(n); };
    auto& written = names.intern("written", h("written"));
    auto& read_ = names.intern("read", h("read"));
    static std::atomic<bool> done{false};
    static std::atomic<long> writes{0};
    std::thread hog{[] {
        pin(0);
        volatile long x = 0;
        while (!done)
            x = x + 1;
    }};
    std::thread writer{[&] {
        pin(0);
        setpriority(PRIO_PROCESS, syscall(SYS_gettid), 10);
        while (!done) {
            for (int i = 0; i < 100 && argc == 1; ++i)
                names.set(written, pid{std::uint64_t(64 << 6)}, nullptr);
            ++writes;
        }
    }};
    pin(1);
    long slow = 0;
    double worst = 0;
    // In processor time of the reader: being pre-empted itself does not count, spinning does.
    const auto cpu = [] {
        timespec t;
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
        return t.tv_sec * 1e3 + t.tv_nsec / 1e6;
    };
    const auto end = std::chrono::steady_clock::now() + 4s;
    double t = cpu();
    while (std::chrono::steady_clock::now() < end) {
        (void)names.get(read_);
        const double u = cpu();
        worst = std::max(worst, u - t);
        slow += u - t > 1;
        t = u;
    }
    done = true;
    hog.join();
    writer.join();
    std::printf("%ld look-ups spun for more than 1 ms, the worst %.1f ms\n", slow, worst);
    return verdict(slow == 0, "look-ups beside a pre-empted writer");
}
