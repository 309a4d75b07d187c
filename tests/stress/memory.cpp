// SPDX-License-Identifier: BSL-1.0
// A million processes start and exit, wave after wave; their memory is given back.
#include "part.hpp"
#include "resident.hpp"
#include <algorithm>
#include <condition_variable>
#include <coppice/gen_server.hpp>
#include <coppice/process.hpp>
#include <coppice/receive.hpp>
#include <mutex>
#include <vector>

namespace stress {

using namespace coppice;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t waves = 10;
constexpr std::size_t processes = is_slow ? 30'000 : 1'000'000;
constexpr std::size_t function_processes = 3000; // each has a stack
constexpr std::size_t few_asked = 5000;
constexpr std::size_t MB = 1 << 20;
constexpr std::size_t bound = 8 * MB; // of memory that may be in use when all processes are gone

struct add {
    int by;
};
struct get {
    using reply = int;
};
class counter {
public:
    void handle_cast(add a) { n_ += a.by; }
    int handle_call(get) const { return n_; }

private:
    int n_ = 0;
};

struct go {};
struct done {};

/// All processes exist at the same time, and some are monitored. A call to a dead process must not
/// bring back the memory that was given back: where the kernel maps a page for each read, only the
/// first few servers, which lie side by side, are called.
void servers(std::vector<server_ref<counter>>& all, dice& d) {
    std::size_t watched = 0;
    for (auto& s : all) {
        s = start<counter>();
        s.cast(add{1});
        if (d.once_in(10)) {
            (void)this_process::monitor(s.process());
            ++watched;
        }
        watchdog::progress();
    }
    for (int i = 0; i < 100; ++i)
        require(all[d(all.size())].call(get{}) == 1, "a server has its own state");
    for (auto& s : all) {
        s.process().exit(d.once_in(2) ? exit_reason::kill : exit_reason::shutdown);
        watchdog::progress();
    }
    for (; watched > 0; --watched)
        (void)this_process::receive<down>();
    const std::size_t asked =
        reading_takes_no_memory() ? all.size() : std::min(all.size(), few_asked);
    for (std::size_t i = 0; i < asked;
         ++i) // a dead server refuses; an exiting one answers with its exit reason
        require(!all[i].try_call(get{}, infinity), "a server that was told to end has ended");
}

void functions() {
    const pid me = this_process::self();
    std::vector<pid> all(function_processes);
    for (pid& f : all)
        f = spawn([me] {
            (void)this_process::receive<go>();
            me.send(done{});
        });
    for (const pid f : all)
        f.send(go{});
    for (std::size_t i = 0; i < function_processes; ++i)
        (void)this_process::receive<done>();
    watchdog::progress();
}

/// Waits until at most `bytes` are in use.
void await_resident_below(std::size_t bytes) {
    if (is_sanitized) // memory is not pooled, and freed memory is kept to find later uses
        return;
    std::mutex lock;
    std::condition_variable never;
    std::unique_lock hold{lock};
    const auto until = watchdog::clock::now() + 60s;
    while (!never.wait_for(hold, 100ms, [&] { return resident_bytes() <= bytes; })) {
        require(watchdog::clock::now() < until, "what all processes needed goes back");
        watchdog::progress();
    }
}

} // namespace

std::string memory(const order& o) {
    start_runtime(2);
    std::vector<server_ref<counter>> all(processes);
    const std::size_t before = resident_bytes();
    std::size_t most = 0;
    dice d{o.seed, 0};
    for (std::size_t i = 1; i <= waves; ++i) {
        runtime::run([&] {
            servers(all, d);
            functions();
            most = std::max(most, resident_bytes());
        });
        if (o.is_long || i == waves)
            await_resident_below(before + bound);
    }
    const std::size_t after = resident_bytes();
    stop_runtime();
    return std::to_string(waves) + " waves of " + std::to_string(processes) + " processes; " +
           std::to_string(before / MB) + " MB before, " + std::to_string(most / MB) +
           " MB when the last had ended, " + std::to_string(after / MB) + " MB when all was quiet";
}

} // namespace stress
