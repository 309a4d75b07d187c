// SPDX-License-Identifier: BSL-1.0
// A writer of a name index is stopped anywhere, also between two stores of an entry; meanwhile a
// reader looks up that name and another one.
// Right: a look-up ("takes no lock") waits for no writer; wrong: it spins until the writer goes on.
#include "case.hpp"
#include <registry/name_index.hpp>
#include <semaphore.h>

// A signal stops the writer where it is; while it stands in the handler, the reader looks up. A
// look-up that waits for the writer never returns, so no time is measured. Signals that follow at
// once may keep the writer at one place for a while: the reader goes on until it has seen both.
namespace {

sem_t stopped, go_on;

void stand_still(int) {
    sem_post(&stopped);
    while (sem_wait(&go_on) != 0) {}
}

} // namespace

int main() {
    watchdog(20);
    sem_init(&stopped, 0, 0);
    sem_init(&go_on, 0, 0);
    struct sigaction action {};
    action.sa_handler = stand_still;
    sigaction(SIGUSR1, &action, nullptr);

    static detail::name_index names;
    const auto intern = [](const char* n) -> auto& {
        return names.intern(n, detail::name_index::hash(n));
    };
    auto& written = intern("written");
    auto& other = intern("other");
    std::atomic<bool> done{false};
    std::thread writer{[&] {
        while (!done) // now free, now borne
            for (const std::uint64_t number : {64, 0})
                names.set(written, detail::pid_access::make(number << 6), nullptr);
    }};
    int borne = 0, free = 0;
    for (int i = 0; i < 10'000 || borne == 0 || free == 0; ++i) {
        pthread_kill(writer.native_handle(), SIGUSR1);
        while (sem_wait(&stopped) != 0) {}
        names.get(written).process ? ++borne : ++free;
        (void)names.get(other);
        sem_post(&go_on);
    }
    done = true;
    writer.join();
    std::printf("the stopped writer's name was borne in %d look-ups, free in %d\n", borne, free);
    return verdict(borne > 0 && free > 0, "look-ups beside a writer that stands still");
}
