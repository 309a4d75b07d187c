// SPDX-License-Identifier: BSL-1.0
#pragma once
#include "json.hpp"
#include <coppice/exit_reason.hpp>
#include <coppice/pid.hpp>
#include <map>
#include <mutex>
#include <set>
#include <unordered_map>
#include <vector>

namespace conformance {

enum class role : std::uint8_t { supervisor, worker, client, server, helper };

/// What a process of a scenario does, as far as only the process itself knows it.
enum class phase : std::uint8_t {
    working,   ///< not quiet, even if it waits: a delay, a start, a call whose answer is there
    main_loop, ///< waits for the next message
    calling,   ///< waits for the answer of `target`
    refusing,  ///< ignores everything until it is killed
    suspended, ///< sys:suspend: handles nothing
};

/// Records the events of a scenario, in causal order, and knows its processes by name.
///
/// A process adds an event about itself before any other process can see its effect; the exit hook
/// adds the exit of a process before its links and monitors are notified. So the order of the list
/// is the causal order of scenario.md, section 2.
///
/// Context: any thread; never suspends. One for the program, which runs one scenario.
class recorder {
public:
    using event = json::object;

    struct live_process {
        coppice::pid process;
        role what;
        std::string path; ///< of a client or server: its name
        unsigned life;    ///< counts the processes of this path, from 1
        phase doing;
        coppice::pid target = {}; ///< of a call
        std::uint64_t call = 0;   ///< which one
    };

    void add(event e);
    /// A process begins; for supervisors and workers this is an event. Returns its life.
    unsigned begins(role what, const std::string& path, coppice::pid process);
    /// Counts the attempts to start a path, from 1.
    unsigned attempt(const std::string& path);

    void set_phase(coppice::pid process, phase doing);
    /// `process` is about to call `target`. Returns the number of the call.
    std::uint64_t call_begins(coppice::pid process, coppice::pid target);
    /// The answer has been given: its caller is no longer idle, even before it runs.
    void call_answered(std::uint64_t call);

    /// The latest process of a path; nullopt if there never was one.
    std::optional<coppice::pid> last(const std::string& path) const;
    /// The name of a process in traces; `pid` for a process outside of the scenario.
    std::string name_of(coppice::pid process) const;
    /// The same for a pid's text.
    std::string name_of(std::string_view pid_text) const;
    std::vector<live_process> living() const;

    std::size_t count() const; ///< of events, taken or not
    std::vector<event> take();

    void ends(coppice::pid process, const coppice::exit_reason& reason);

private:
    mutable std::mutex mutex_;
    std::vector<event> events_; // not yet taken
    std::size_t taken_ = 0;
    std::map<coppice::pid, live_process> living_;
    std::unordered_map<std::string, coppice::pid> last_;
    std::unordered_map<std::string, std::string> names_; // pid text -> name
    std::unordered_map<std::string, unsigned> lives_;
    std::unordered_map<std::string, unsigned> attempts_;
    std::uint64_t calls_ = 0;
};

/// The recorder of this program. Its exit hook is in place from the first use on.
recorder& tape();

/// While it exists, the phase of the running process is `doing`; afterwards it is `working` again.
class in_phase {
public:
    explicit in_phase(phase doing);
    ~in_phase();
    in_phase(const in_phase&) = delete;
    in_phase& operator=(const in_phase&) = delete;

private:
    coppice::pid process_;
};

} // namespace conformance
