// SPDX-License-Identifier: BSL-1.0
#include "scheduler/lock_watch.hpp"
#include "log/report_events.hpp"
#include "process/process_table.hpp"
#include <coppice/log_record.hpp>
#include <cstdlib>
#include <fstream>
#include <new>
#include <string>
#include <sys/syscall.h>
#include <utility>

namespace coppice::detail {
namespace {

constexpr int little_cpu = 20; // less than a twentieth of the time
constexpr auto never = lock_watch::clock::duration::max();

std::string line_of_task(int tid, const char* name) {
    std::ifstream file{"/proc/self/task/" + std::to_string(tid) + '/' + name};
    std::string line;
    std::getline(file, line);
    return line;
}

/// The kernel says in which system call a thread is; where it does not, in which of its functions.
bool waits_for_lock(int tid) {
    const std::string call = line_of_task(tid, "syscall");
    if (!call.empty())
        return call.front() >= '0' && call.front() <= '9' && std::atol(call.c_str()) == SYS_futex;
    return line_of_task(tid, "wchan").starts_with("futex");
}

struct search {
    const worker& thread;
    const process& waits;
    suspended_processes found;
};

suspended_processes suspended_on(const worker& w, const process& waits) {
    search s{w, waits, {}};
    process_table::for_each(
        [](process& other, void* context) {
            auto& here = *static_cast<search*>(context);
            // A moment old, as all that the watchdog thread sees: but nothing moves on that thread.
            if (&other != &here.waits && other.wait.is_blocked() && other.wait.is_on(&here.thread))
                here.found.add(other);
        },
        &s);
    return std::move(s.found);
}

} // namespace

void lock_watch::look(const worker& w,
                      const process& p,
                      clock::duration age,
                      std::chrono::nanoseconds cpu) {
    next_look_ *= 2;
    if (cpu * little_cpu > age)
        return;
    try {
        if (!waits_for_lock(w.watched.tid()))
            return;
        suspended_processes others = suspended_on(w, p);
        if (others.count == 0)
            return; // the holder runs elsewhere: report_long_handler tells of this
        next_look_ = never;
        report_thread_blocked(p, age, std::move(others));
    } catch (const std::bad_alloc&) {
        count_failed_report();
    }
}

} // namespace coppice::detail
