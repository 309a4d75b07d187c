// SPDX-License-Identifier: BSL-1.0
// A million processes come and go, wave after wave; the memory goes back.
#include "part.hpp"
#include <coppice/gen_server.hpp>
#include <coppice/process.hpp>
#include <coppice/receive.hpp>
#include <fstream>
#include <unistd.h>
#include <vector>

namespace stress {

using namespace coppice;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t waves = 10;
constexpr std::size_t processes = is_slow ? 30'000 : 1'000'000;
constexpr std::size_t bound = std::size_t{64} << 20;

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

struct done {};

std::size_t resident() {
    std::size_t size = 0, pages = 0;
    std::ifstream{"/proc/self/statm"} >> size >> pages;
    return pages * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
}

/// Half of them are servers that live at the same time, half are functions that come and go.
void wave(std::vector<server_ref<counter>>& all, dice& d) {
    for (auto& s : all) {
        s = start<counter>();
        s.cast(add{1});
        watchdog::progress();
    }
    for (int i = 0; i < 100; ++i)
        require(all[d(all.size())].call(get{}) == 1, "a server has its own state");
    for (auto& s : all) {
        s.process().exit(d.once_in(2) ? exit_reason::kill : exit_reason::shutdown);
        watchdog::progress();
    }
    for (auto& s : all) // who is refused has ended; who is not answers with its end
        require(!s.try_call(get{}, infinity), "who was told to end has ended");
    const pid me = this_process::self();
    constexpr std::size_t at_once = 1000;
    for (std::size_t i = 0; i < all.size(); ++i) {
        spawn([me] { me.send(done{}); });
        if (i >= at_once)
            (void)this_process::receive<done>();
        watchdog::progress();
    }
    for (std::size_t i = 0; i < std::min(at_once, all.size()); ++i)
        (void)this_process::receive<done>();
}

} // namespace

std::string memory(const order& o) {
    start_runtime(2);
    std::vector<std::size_t> after;
    std::size_t before = 0;
    runtime::run([&] {
        dice d{o.seed, 0};
        std::vector<server_ref<counter>> all(processes / 2);
        before = resident();
        for (std::size_t i = 0; i < waves; ++i) {
            wave(all, d);
            after.push_back(resident());
        }
    });
    stop_runtime();
    for (const std::size_t bytes : after)
        require(is_slow || bytes < after.front() + bound, "the memory of a wave goes back");
    return std::to_string(waves) + " waves of " + std::to_string(processes) + " processes; " +
           std::to_string(before >> 20) + " MB before, " + std::to_string(after.front() >> 20) +
           " MB after the first, " + std::to_string(after.back() >> 20) + " MB after the last";
}

} // namespace stress
