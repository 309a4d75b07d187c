// SPDX-License-Identifier: BSL-1.0
#include "application_master.hpp"

#include <coppice/this_process.hpp>
#include <mutex>

namespace coppice::detail::application_master {

namespace {

// The masters of a program are few. Never destroyed: processes may run until the program is gone.
constinit std::mutex lock;
constinit registration* first = nullptr;

} // namespace

/// The caller's parent, if that is a master. Under the lock.
registration* master_of_caller() noexcept {
    const pid parent = this_process::parent();
    registration* r = first;
    while (r != nullptr && (!parent || r->master_ != pid_access::word(parent)))
        r = r->next_;
    return r;
}

registration::registration() : master_{pid_access::word(this_process::self())} {
    const std::lock_guard guard{lock};
    next_ = std::exchange(first, this);
}

registration::~registration() {
    const std::lock_guard guard{lock};
    registration** r = &first;
    while (*r != this)
        r = &(*r)->next_;
    *r = next_;
}

void note_gave_up() noexcept {
    const std::lock_guard guard{lock};
    if (registration* master = master_of_caller())
        master->gave_up_ = true;
}

void tell_of_stop(const exit_reason& why) {
    bool gave_up = false;
    {
        const std::lock_guard guard{lock};
        const registration* master = master_of_caller();
        if (master == nullptr)
            return;
        gave_up = master->gave_up_;
    }
    this_process::parent().send(tree_stops{why, gave_up});
}

} // namespace coppice::detail::application_master
