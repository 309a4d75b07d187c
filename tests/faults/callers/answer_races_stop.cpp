// SPDX-License-Identifier: BSL-1.0
// A plain thread answers with a `from`; the runtime stops while the value is on its way to the
// caller.
// Right: the stop is over after the answer is out; wrong: the answer goes to a thread that is
// freed.
#include "case.hpp"
#include <optional>

namespace {

std::atomic<bool> moving{false}, stopped{false};
std::atomic<bool> stopped_too_early{false};

/// Its first move is the one into the caller's memory for the answer.
struct slow_to_move {
    int moves_left = 0;
    explicit slow_to_move(int n) : moves_left{n} {}
    slow_to_move(slow_to_move&& o) noexcept : moves_left{o.moves_left - 1} {
        if (moves_left != 0)
            return;
        moving = true;
        moving.notify_all();
        const auto until = std::chrono::steady_clock::now() + 500ms; // a stop takes less
        while (!stopped && std::chrono::steady_clock::now() < until)
            std::this_thread::yield();
        stopped_too_early = stopped.load();
    }
};
struct ask {
    using reply = slow_to_move;
};
std::optional<from<slow_to_move>> kept;
std::atomic<bool> is_kept{false};
struct keeper {
    void handle_call(ask, from<slow_to_move> f) {
        kept.emplace(std::move(f));
        is_kept = true;
        is_kept.notify_all();
    }
};

} // namespace

int main() {
    watchdog(20);
    runtime::start({.threads = 1});
    const auto server = start<keeper>();
    spawn([&] { (void)server.try_call(ask{}, infinity); });
    is_kept.wait(false);
    std::thread answers{[] {
        kept->reply(slow_to_move{1});
        kept.reset();
    }};
    moving.wait(false);
    runtime::stop();
    stopped = true;
    answers.join();
    return verdict(!stopped_too_early, "a stop while a plain thread answers");
}
