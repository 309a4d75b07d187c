// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <atomic>
#include <coppice/gen_server.hpp>
#include <vector>

namespace benchmark {

/// Computes 5 ms for each message, and sends itself the next message before it returns: it never
/// pauses.
class busy_process {
public:
    explicit busy_process(std::atomic<long>* units);
    struct toil {};
    void handle_cast(toil);

private:
    std::atomic<long>* units_;
    std::uint64_t value_ = 1;
};

/// Processes that keep the processors busy until the end of a scope. Context: a process.
class busy_processes {
public:
    explicit busy_processes(unsigned count);
    busy_processes(const busy_processes&) = delete;
    busy_processes& operator=(const busy_processes&) = delete;
    ~busy_processes();
    long units() const noexcept { return units_; }

private:
    std::atomic<long> units_{0};
    std::vector<coppice::server_ref<busy_process>> all_;
};

} // namespace benchmark
