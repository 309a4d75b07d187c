// SPDX-License-Identifier: BSL-1.0
#pragma once
#include "program.hpp"
#include <atomic>
#include <coppice/pid.hpp>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <unordered_map>

namespace simulation {

using clock = coppice::time_limit::clock;
/// Nanoseconds in more bits than a duration has: the sums of the model do not overflow.
__extension__ using wide = __int128;

/// When a wait of this kind ends that begins now; nullopt: never.
std::optional<wide> end_of_wait(int time_number, clock::time_point now);

/// The promises of docs/reference/guarantees.md, as a program: the actors report what they do and
/// what happens to them, and the model finds what contradicts a promise.
///
/// In virtual time all events are in one order, and the model knows which messages must have
/// arrived. On real threads it checks what holds in every order.
///
/// Context: any process or thread; never suspends.
class model {
public:
    using life_id = int; ///< one incarnation of an actor
    static constexpr life_id no_life = -1;

    explicit model(bool virtual_time, bool trace) : exact_{virtual_time}, trace_{trace} {}

    /// Prints the broken promise and ends the program with exit code 10.
    [[noreturn]] void wrong(const std::string& sentence);
    void note(const std::string& line);

    // --- lives ---
    life_id enter(coppice::pid process, int actor, const simulation::actor& what);
    life_id life_of(coppice::pid process);
    void ended(coppice::pid process, const coppice::exit_reason& why);
    bool is_over(life_id l);
    /// Of a process that has ended; null of one that lives.
    coppice::exit_reason reason_of(coppice::pid process);
    /// It waits for messages.
    bool rests(life_id l);
    /// What happens belongs to the course of the program: the same seed takes the same.
    void course(std::uint64_t event, std::uint64_t a = 0, std::uint64_t b = 0);
    /// Whether an exit signal may have reached it: then a receive may find no message.
    bool may_have_pending_exit(life_id l);
    /// `l` may end with this reason from now on.
    void may_end(life_id l, const coppice::exit_reason& why);
    void starts_linked(life_id l, bool yes);
    void set_idle(life_id l, bool idle);
    void swallowed(life_id l);
    /// A wait returned without an exception.
    void waited(life_id l, phase when, const char* what);
    /// A continue is not a message: it does not cancel an idle timeout.
    void handler_begins(life_id l, const char* what, bool is_message = true);
    void handler_ends(life_id l, clock::time_point now);
    void terminate_begins(life_id l);

    // --- links, monitors, exits ---
    /// Called before it links: a process that a dying process links with ends with it.
    void links(life_id l, coppice::pid other);
    void linked(life_id l, coppice::pid other);
    void spawned_linked(life_id parent, coppice::pid child);
    void unlinked(life_id l, coppice::pid other);
    /// A process that is no actor is linked with it for a while.
    void may_be_linked(life_id l, coppice::pid other);
    void traps(life_id l, bool on);
    void exit_sent(life_id l, coppice::pid to, const coppice::exit_reason& why);
    void received_exit(life_id l, const coppice::exit_signal& s);
    void monitors(life_id l, coppice::monitor_ref ref, coppice::pid target, bool at_spawn);
    void demonitored(life_id l, coppice::monitor_ref ref, bool was_there, bool flushed);
    void received_down(life_id l, const coppice::down& d);

    // --- messages and requests: a request has the number of the message in it ---
    enum class way { by_pid, typed, timer };
    int make_message(life_id from, coppice::pid to, way w, std::optional<wide> due = {});
    void posted(int message);
    void handled(life_id l, int message, clock::time_point now);
    /// The destructor of the message begins, which may wait.
    void dies(int message);
    void destroyed(int message);
    void timer_cancelled(int message, bool is_so);
    void asks(int request, std::optional<wide> deadline);
    void kept(int request);
    void replied(int request, clock::time_point now);
    void dropped_caller(int request);
    void answered(life_id l, int request, int answer);
    void failed(life_id l, int request, const coppice::failure& why, clock::time_point now);
    /// The request was refused at once: `failed` reports the reason later.
    void not_asked(life_id l, int request);
    void not_sent(life_id l, int message, const coppice::failure& why);
    /// A message without a number is sent to the process, and takes room in its mailbox.
    void sends_itself(life_id l);
    enum class waits { for_room, for_answer };
    void waits_for(life_id l, int message, waits what);
    void waits_no_more(life_id l);
    /// It waits for a process to start or stop, or for its supervisor. A null pid: it waits no
    /// more.
    void waits_on(life_id l, coppice::pid other);
    /// The starter waits until this constructor returns.
    void constructor_begins(life_id l, coppice::pid starter);
    void constructor_ends(life_id l, coppice::pid starter);
    /// The answers of the current handler are sent after `terminate`.
    void stops_in_handler(life_id l);

    // --- time ---
    void must_not_be_early(const char* what, std::optional<wide> due, clock::time_point now);
    void must_not_be_late(life_id l,
                          const char* what,
                          std::optional<wide> due,
                          clock::time_point now);
    void wants_idle(life_id l, std::optional<wide> after);
    void received_timeout(life_id l, clock::time_point now);

    // --- names ---
    void named(std::string_view name, coppice::pid process, const coppice::result<void>& got);
    void unnamed(std::string_view name, const coppice::result<void>& got);
    void found(std::string_view name, coppice::pid got);

    // --- the end ---
    /// The runtime stops: all processes are killed.
    void stops();
    /// No process could run for a while: all messages that had to arrive have arrived.
    void at_rest(clock::time_point now);
    /// The runtime has stopped.
    void at_end();
    std::uint64_t digest() const { return digest_; }

    std::atomic<int> objects{0}; ///< live servers, arguments of functions and kept callers

private:
    struct tie {
        bool possible = false, sure = false;
        int times = 0; // how often a link was made or an exit was sent
    };
    struct cause {
        coppice::exit_reason why;
        life_id by;
    };
    struct life {
        coppice::pid process;
        int actor = 0;
        simulation::actor what;
        bool over = false, idle = false, swallowed = false, traps_now = false, ever_trapped = false,
             always_trapped = true, starting_linked = false, stopping = false;
        coppice::exit_reason reason;
        std::vector<cause> causes;
        std::map<life_id, tie> ties;
        std::map<life_id, std::vector<coppice::exit_reason>> sent_to_us;
        std::map<life_id, int> exits_received;
        std::set<life_id> killed_by_us;
        std::map<std::pair<life_id, way>, int> last_from;
        std::map<life_id, int> sent_by_us;
        int waits_for = 0;
        waits waits_how = waits::for_answer;
        life_id waits_on = no_life;
        bool sent_itself = false;
        int handling = 0;
        std::optional<wide> idle_after, idle_due; // from the end of the last handler on
    };
    struct watch {
        life_id watcher, target;
        bool at_spawn, target_was_over;
        bool closed = false;
        int downs = 0;
    };
    struct tracked_message {
        life_id from, to;
        way how;
        std::optional<wide> due = {};
        int sequence = 0;
        bool behind_kill = false;
        enum class state { sending, waiting, handled, destroyed } where = state::sending;
        bool cancelled = false;
        int arrivals = 0;
        // of a request
        bool is_request = false, is_kept = false, dropped = false, would_wait_in_ring = false;
        std::optional<clock::time_point> replied_at = {};
        int outcomes = 0;
        std::optional<wide> deadline = {};
    };
    struct duty {
        life_id dead, other;
        coppice::exit_reason why;
        bool trapped; // at that moment: trap_exit may come too late
    };

    life_id add(coppice::pid process);
    life& at(life_id l) { return lives_[static_cast<std::size_t>(l)]; }
    std::string text(life_id l);
    void digest(std::uint64_t event, std::uint64_t a = 0, std::uint64_t b = 0);
    void check_bound(life_id l);
    void check_timeouts_at_rest(clock::time_point now);
    void check_links_at_rest();
    void check_monitors_at_rest();
    void check_messages_at_rest(clock::time_point now);
    bool waits_for_us(life_id target, life_id us);
    bool may_be_full(life_id l, int except);

    const bool exact_, trace_;
    std::recursive_mutex lock_;
    std::deque<life> lives_;
    std::unordered_map<std::uint64_t, life_id> by_pid_;
    std::map<std::uint64_t, watch> watches_;
    std::deque<tracked_message> messages_{1}; // number 0 is no message
    std::vector<duty> duties_;
    std::map<std::string, coppice::pid, std::less<>> names_;
    std::uint64_t digest_ = 14695981039346656037ULL;
    int messages_alive_ = 0;
    bool stopping_ = false, finished_ = false;
};

} // namespace simulation
