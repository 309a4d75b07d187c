// SPDX-License-Identifier: BSL-1.0
// Tries: a function-local static whose initialiser suspends (start<S>()), first used by two
// processes on one thread; the same with a std::mutex held across a wait.
// Right: both come through. A hang of the thread (guard or mutex held by a suspended process) is
// the fault, at the least to be named. It cannot be cured, only found: within a second a report
// names the process that waits, and among the suspended the one that holds.
#include "case.hpp"
struct ask {
    using reply = int;
};
struct srv {
    srv() { this_process::sleep(50ms); }
    int handle_call(ask) { return 7; }
};
static std::mutex of_holder;
static std::string holder;
static void i_hold_it() {
    const std::lock_guard hold{of_holder};
    holder = this_process::self().text();
}
static server_ref<srv>& the_srv() {
    static auto s = (i_hold_it(), start<srv>());
    return s;
}
static std::mutex m;
static std::atomic<int> came_through{0};
static std::atomic<bool> named{false};

/// Exit code 0: both came through, or the report named both within the time.
static int one(bool mutex, std::size_t threads) {
    const auto watch = log::subscribe(severity::warning, [](const log::record& r) {
        const auto* e = r.get_if<thread_blocked>();
        if (!e)
            return;
        const std::lock_guard hold{of_holder};
        for (const auto& other : e->suspended)
            named = named || (other.find(holder) != other.npos && e->process.text() != holder);
        std::printf("%s", r.text().c_str());
    });
    runtime::start({.threads = threads});
    const auto began = std::chrono::steady_clock::now();
    for (int i = 0; i < 4; ++i)
        spawn([mutex] {
            if (!mutex)
                the_srv().call(ask{});
            else {
                const std::lock_guard hold{m};
                i_hold_it();
                this_process::sleep(20ms);
            }
            ++came_through;
        });
    while (came_through < 4 && !named)
        std::this_thread::sleep_for(1ms);
    std::printf("%d of 4 came through, %s after %.2f s\n", came_through.load(),
                named ? "the others were named" : "no report",
                std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count());
    std::fflush(stdout);
    _exit(0);
}

int main() {
    watchdog(55);
    bool right = true;
    for (const bool mutex : {false, true})
        for (const std::size_t threads : {1U, 2U})
            right &= in_child([=] {
                watchdog(12);
                one(mutex, threads);
            });
    return verdict(right, "a static or a mutex held across a wait");
}
