// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <atomic>
#include <coppice/gen_server.hpp>
#include <vector>

namespace benchmark {

/// 5 ms of CPU a message, and the next message is there before it ends: it never pauses.
class hog {
public:
    explicit hog(std::atomic<long>* units);
    struct toil {};
    void handle_cast(toil);

private:
    std::atomic<long>* units_;
    std::uint64_t value_ = 1;
};

/// Processes that keep the processors busy until the end of a scope. In a process.
class hogs {
public:
    explicit hogs(unsigned count);
    hogs(const hogs&) = delete;
    hogs& operator=(const hogs&) = delete;
    ~hogs();
    long units() const noexcept { return units_; }

private:
    std::atomic<long> units_{0};
    std::vector<coppice::server_ref<hog>> all_;
};

} // namespace benchmark
