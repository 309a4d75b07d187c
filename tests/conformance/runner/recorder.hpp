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

/// What a process of a scenario does, as far as it can be told only by the process itself.
enum class phase : std::uint8_t {
    working,   ///< not quiet, even if it waits: a delay, a start, a call whose answer is there
    main_loop, ///< waits for the next message
    calling,   ///< waits for the answer of `target`
    refusing,  ///< ignores everything until it is killed
    suspended, ///< sys:suspend: handles nothing
};

/// Writes down what happens in a scenario, in causal order, and knows its processes by name.
///
/// An event is added by the process it is about, before anybody else can see its effect; the end of
/// a process by the exit hook, before links and monitors are told. So the order of the list is the
/// causal order of scenario.md, section 2.
///
/// Context: any thread; never suspends. One for the program, which runs one scenario.
class recorder {
public:
    using event = json::object;

    struct process {
        coppice::pid who;
        role what;
        std::string path; ///< of a client or server: its name
        unsigned life;    ///< counts the processes of this path, from 1
        phase doing;
        coppice::pid target = {}; ///< of a call
        std::uint64_t call = 0;   ///< which one
    };

    void add(event e);
    /// A process begins; for supervisors and workers this is an event. Returns its life.
    unsigned begins(role what, const std::string& path, coppice::pid who);
    /// Counts the attempts to start a path, from 1.
    unsigned attempt(const std::string& path);

    void set_phase(coppice::pid who, phase doing);
    /// `who` is about to call `target`. Returns the number of the call.
    std::uint64_t call_begins(coppice::pid who, coppice::pid target);
    /// The answer has been given: its caller is no longer idle, even before it has noticed.
    void call_answered(std::uint64_t call);

    /// The latest process of a path; nothing if there never was one.
    std::optional<coppice::pid> last(const std::string& path) const;
    /// What a process is called in traces; `pid` for a stranger.
    std::string name_of(coppice::pid who) const;
    /// The same for a pid's text.
    std::string name_of(std::string_view pid_text) const;
    std::vector<process> living() const;

    std::size_t count() const; ///< of events, taken or not
    std::vector<event> take();

    void ends(coppice::pid who, const coppice::exit_reason& reason);

private:
    mutable std::mutex mutex_;
    std::vector<event> events_; // not yet taken
    std::size_t taken_ = 0;
    std::map<coppice::pid, process> living_;
    std::unordered_map<std::string, coppice::pid> last_;
    std::unordered_map<std::string, std::string> names_; // pid text -> name
    std::unordered_map<std::string, unsigned> lives_;
    std::unordered_map<std::string, unsigned> attempts_;
    std::uint64_t calls_ = 0;
};

/// The recorder of this program. Its exit hook is in place from the first use on.
recorder& tape();

/// While it lives, the running process does `doing`; afterwards it works again.
class in_phase {
public:
    explicit in_phase(phase doing);
    ~in_phase();
    in_phase(const in_phase&) = delete;
    in_phase& operator=(const in_phase&) = delete;

private:
    coppice::pid who_;
};

} // namespace conformance
