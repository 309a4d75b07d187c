// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <coppice/exit_reason.hpp>
#include <coppice/pid.hpp>

// What the top supervisor tells the application master, its parent. A supervisor exits with
// `shutdown` when it gives up, as in OTP, and also when all its work is done: for a program the two
// differ. And a supervisor exits only when all its children have stopped, for which the application
// has a timeout.
namespace coppice::detail::application_master {

/// Sent to the master: the tree begins to stop by itself.
struct tree_stops {
    exit_reason why;
    bool gave_up = false;
};

/// Makes the calling process a master while the object exists.
///
/// Context: a local variable of the process, made before it starts the tree.
class registration {
public:
    registration();
    ~registration();
    registration(const registration&) = delete;
    registration& operator=(const registration&) = delete;

private:
    friend registration* master_of_caller() noexcept;
    std::uint64_t master_;
    registration* next_; // under the lock
    friend void note_gave_up() noexcept;
    friend void tell_of_stop(const exit_reason&);
    bool gave_up_ = false; // under the lock
};

/// A supervisor that gives up calls it before it stops.
void note_gave_up() noexcept;
/// A supervisor calls it before it stops its children. No effect in lower supervisors.
void tell_of_stop(const exit_reason& why);

} // namespace coppice::detail::application_master
