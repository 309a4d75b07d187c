// SPDX-License-Identifier: BSL-1.0
// Asking again: within a deadline, with a pause that grows, and only where that is safe. And a
// supervisor that waits before it restarts.
#include <algorithm>
#include <coppice.hpp>
#include <cstdio>
#include <random>

using namespace coppice;
using namespace std::chrono_literals;

struct get {
    int key;
    using reply = int;
};

class database { // it cannot be reached at first
public:
    explicit database(std::shared_ptr<int> failures) {
        if ((*failures)-- > 0)
            throw std::runtime_error{"no connection"};
    }
    int handle_call(get g) const { return g.key * g.key; }
};
inline constexpr server_name<database> the_database{"database"};

/// Is it safe to ask once more? Always where the request was not begun; else only where handling
/// it twice does no harm.
bool may_retry(const failure& f, bool idempotent) {
    return f.code == errc::noproc || f.code == errc::mailbox_full || f.not_started || idempotent;
}

/// Asks until there is an answer, at most until `limit`.
result<int> get_patiently(int key, time_limit limit) {
    const auto end = limit.deadline(this_process::now());
    const backoff pause{.min = 10ms, .max = 1s};
    std::minstd_rand random{std::random_device{}()};
    std::uniform_real_distribution<> part{0, 1};
    for (std::size_t failures = 1;; ++failures) {
        auto r = the_database.try_call(get{key}, end);
        if (r || !may_retry(r.error(), true))
            return r;
        const auto delay = pause.delay(failures, part(random));
        if (this_process::now() + delay >= end)
            return r; // the next try would come too late
        this_process::sleep(delay);
    }
}

int main() {
    log::set_level(severity::off); // the failures are on purpose
    const auto failures = std::make_shared<int>(0);
    return application{{.intensity = 10, .period = 5s, .backoff = {.min = 20ms, .max = 2s}},
                       {child<database>(the_database, failures)}}
        .run([failures] {
            std::printf("%d\n", get_patiently(7, 2s).value());
            *failures = 2; // the next two starts fail
            the_database.whereis().process().exit(exit_reason{"broken"});
            std::printf("%d\n", get_patiently(8, 2s).value());
            std::printf("starts that failed: %d\n", 2 - std::max(0, *failures));
        });
}
