// SPDX-License-Identifier: BSL-1.0
#include "process/guarded.hpp"
#include "scheduler/runtime_state.hpp"
#include <coppice/detail/exploration.hpp>
#include <coppice/runtime.hpp>
#include <coppice/testing.hpp>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>

namespace coppice {

std::exception_ptr detail::run_explored(std::uint64_t seed,
                                        std::shared_ptr<exploration> by,
                                        const std::function<void()>& f) {
    auto sim = std::make_unique<simulated>(seed);
    sim->explored = std::move(by);
    start_runtime({.threads = 1}, std::move(sim));
    struct at_end {
        ~at_end() { runtime::stop(); }
    } stops;
    std::exception_ptr thrown;
    run_and_keep_exception([&f] { runtime::run(f); }, thrown);
    return thrown;
}

namespace testing {

simulation::simulation(std::uint64_t seed) : seed_{seed} {
    detail::start_runtime({.threads = 1}, std::make_unique<detail::simulated>(seed));
}

simulation::~simulation() { runtime::stop(); }

void simulation::run(const std::function<void()>& f) {
    struct reminder {
        std::uint64_t seed;
        int before = std::uncaught_exceptions();
        ~reminder() {
            if (std::uncaught_exceptions() > before)
                std::fprintf(stderr,
                             "coppice: the simulation failed; replay it with COPPICE_SEED=%llu\n",
                             static_cast<unsigned long long>(seed));
        }
    } on_failure{seed_};
    runtime::run(f);
}

std::vector<std::uint64_t> seeds(std::size_t count) {
    if (const char* given = std::getenv("COPPICE_SEED"))
        return {std::strtoull(given, nullptr, 0)};
    std::vector<std::uint64_t> s;
    std::random_device random;
    while (s.size() < count)
        s.push_back(random());
    return s;
}

exit_reason probe::expect_end(pid who, time_limit timeout) {
    const monitor_ref watch = this_process::monitor(who);
    return this_process::receive(
        when([&](const down& d) { return d.ref == watch; }, [](down d) { return d.reason; }),
        after(timeout, [&]() -> exit_reason {
            throw std::runtime_error{"probe: " + who.text() + " is still alive"};
        }));
}

void probe::missing(std::string_view type) {
    throw std::runtime_error{"probe: no " + std::string{type} + " came in time"};
}

void probe::unexpected(std::string_view type) {
    throw std::runtime_error{"probe: an unexpected " + std::string{type} + " came"};
}

} // namespace testing
} // namespace coppice
