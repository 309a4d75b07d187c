// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <coppice/detail/system_request.hpp>

namespace coppice::detail {

/// The last events of a process, oldest first where they are read.
///
/// Context: one owner.
class event_log {
public:
    /// Keeps the last `most`; those that are there already stay, if there is room.
    void keep(std::size_t most);
    void add(const sys::event& e);
    bool is_on() const noexcept { return most_ != 0; }
    std::vector<sys::event> all() const;

private:
    std::size_t most_ = 0;
    std::size_t oldest_ = 0;         // once it is full, the next one's place
    std::vector<sys::event> events_; // a ring when it is full
};

/// What sys does with the events of a process. Made when it is asked for the first of it, and gone
/// with the last. The owner's alone.
struct debug_state {
    struct installed {
        std::uint64_t id;
        std::unique_ptr<debug_function> function;
    };
    std::vector<installed> functions; // in the order in which they came
    event_log log;
    std::optional<sys::counts> counts;
    std::vector<sys::event> replies; // by a `from`, in the handler that runs: told when it is done

    bool is_wanted() const noexcept { return !functions.empty() || log.is_on() || counts; }
    bool has(std::uint64_t id) const noexcept;
};

} // namespace coppice::detail
