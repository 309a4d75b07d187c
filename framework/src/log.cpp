// SPDX-License-Identifier: BSL-1.0
#include "guarded.hpp"
#include "log_file.hpp"
#include "log_writer.hpp"
#include "mailbox.hpp"
#include "posts.hpp"
#include "report_events.hpp"
#include "runtime_state.hpp"
#include "suspension.hpp"
#include "virtual_clock.hpp"
#include <algorithm>
#include <boost/unordered/unordered_flat_map.hpp>
#include <coppice/log_record.hpp>
#include <coppice/names.hpp>
#include <coppice/this_process.hpp>
#include <cstdlib>
#include <deque>
#include <fmt/args.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <mutex>
#include <system_error>

namespace coppice {
namespace detail {

constinit std::atomic<severity> log_gate{severity::debug};

namespace {

using namespace std::chrono_literals;

/// How long a process that reports waits for a process that has subscribed and takes nothing.
constexpr auto longest_wait_for_subscriber = 5s; // as for an answer to a call
constexpr auto time_between_looks = 1ms;
constexpr auto patience_with_last_writer = 2s;

/// A function, or a process to which messages are sent.
struct subscriber {
    std::uint64_t id;
    severity least;
    std::function<void(const log::record&)> call;
    pid receiver;
    message_maker make = nullptr;
    std::atomic<bool> ended{false};  // its subscription has ended
    std::atomic<bool> behind{false}; // it was waited for in vain, and took nothing since
    std::atomic<time_limit::clock::rep> took_at{0}; // when it took something last
};

struct log_state {
    // Held while the functions that have subscribed are called: one at a time, and in the order in
    // which things were reported. Taken before `lock`. A function may report, or end a subscription.
    std::recursive_mutex telling;
    // Held for the rest, and for a moment only: no code of users runs under it, and nothing waits.
    std::mutex lock;
    log::settings settings;
    bool ready = false;  // the settings are known
    bool opened = false; // the writer runs
    std::deque<log::record> kept;
    std::uint64_t next_number = 1;
    std::vector<std::shared_ptr<subscriber>> subscribers;
    std::uint64_t next_subscriber = 1;
    boost::unordered_flat_map<pid, severity, std::hash<pid>> levels;
    std::uint64_t dropped_and_told = 0;
    std::string complained_about; // a value of COPPICE_LOG: once is enough

    // Any thread.
    std::atomic<std::size_t> functions{0}; // that have subscribed
    std::atomic<std::uint64_t> dropped{0}, undelivered{0}, failed{0};

    severity least() const {
        severity s = std::min(settings.level, settings.keep);
        for (const auto& x : subscribers)
            s = std::min(s, x->least);
        for (const auto& [who, level] : levels)
            s = std::min(s, level);
        return s;
    }
    void set_gate() { log_gate.store(least(), std::memory_order_relaxed); }
};

/// This thread is in a subscriber's function, or delivers to one: what is reported meanwhile reaches
/// no subscriber.
constinit thread_local bool inside_subscriber = false;

class enter_subscriber {
public:
    enter_subscriber() noexcept { inside_subscriber = true; }
    enter_subscriber(const enter_subscriber&) = delete;
    enter_subscriber& operator=(const enter_subscriber&) = delete;
    ~enter_subscriber() { inside_subscriber = false; }
};

log_state& the_log() {
    static auto* l = new log_state; // reports may come until the very end
    return *l;
}

// --- settings ---

struct chosen_settings {
    log::settings settings;
    bool file_from_environment = false;
};

/// One line for a value, however often it is read. Under the lock.
void complain_about_environment(log_state& l, std::string_view value, std::string_view what) {
    if (std::exchange(l.complained_about, std::string{value}) != value)
        complain(fmt::format("coppice: COPPICE_LOG {}", what));
}

std::string_view environment() {
    const char* given = std::getenv("COPPICE_LOG");
    return given ? given : "";
}

/// COPPICE_LOG: words with commas between, stronger than the program. Under the lock.
chosen_settings with_environment(log_state& l, log::settings s) {
    chosen_settings chosen{std::move(s)};
    std::vector<std::string_view> unknown;
    const std::string_view value = environment();
    for (std::string_view rest = value; !rest.empty();) {
        const std::size_t comma = std::min(rest.find(','), rest.size());
        const std::string_view word = rest.substr(0, comma);
        rest.remove_prefix(std::min(comma + 1, rest.size()));
        bool known = word.empty();
        for (int i = 0; i <= static_cast<int>(severity::off); ++i)
            if (word == to_string(static_cast<severity>(i))) {
                chosen.settings.level = static_cast<severity>(i);
                known = true;
            }
        if (word == "text" || word == "json") {
            chosen.settings.format = word == "json" ? log::format::json : log::format::text;
            known = true;
        }
        if (word.starts_with("file=")) {
            chosen.settings.file = word.substr(5);
            chosen.file_from_environment = !chosen.settings.file.empty();
            known = true;
        }
        if (!known)
            unknown.push_back(word);
    }
    if (!unknown.empty())
        complain_about_environment(
            l, value,
            fmt::format("has the unknown word '{}'; it may hold a level (debug, info, notice, "
                        "warning, error, critical, off), text or json, file=PATH",
                        fmt::join(unknown, "', '")));
    return chosen;
}

/// The file that COPPICE_LOG names is no reason to stop: the log then goes where the program wants it.
/// Under the lock. Errors: as log_writer::open, for the program's own file.
void open_writer(log_state& l, chosen_settings& chosen, const std::string& own_file) {
    if (chosen.file_from_environment) {
        try {
            return log_writer::open(chosen.settings);
        } catch (const std::system_error& e) {
            complain_about_environment(
                l, environment(),
                fmt::format("names a file that cannot be opened: {}: {}; the log goes to {}",
                            chosen.settings.file, e.code().message(),
                            own_file.empty() ? "standard error" : own_file));
            chosen.settings.file = own_file;
        }
    }
    log_writer::open(chosen.settings);
}

void make_ready(log_state& l) {
    if (std::exchange(l.ready, true))
        return;
    l.settings = with_environment(l, {}).settings;
    l.set_gate();
}

log_state& ready_log() {
    log_state& l = the_log();
    const std::lock_guard hold{l.lock};
    make_ready(l);
    return l;
}

std::chrono::system_clock::time_point time_now() {
    const virtual_clock* v = the_virtual_clock.load(std::memory_order_acquire);
    if (!v)
        return std::chrono::system_clock::now();
    return std::chrono::system_clock::time_point{
        std::chrono::duration_cast<std::chrono::system_clock::duration>(
            v->now().time_since_epoch())};
}

// --- writing, under the lock ---

/// The writer's thread starts with the first line: a program that logs nothing has no such thread,
/// and may fork. Where there can be no thread, the line is lost, and the next one tries again.
bool is_open(log_state& l) {
    if (l.opened)
        return true;
    try {
        chosen_settings chosen{l.settings, !l.settings.file.empty()};
        open_writer(l, chosen, {});
        l.settings.file = chosen.settings.file;
        l.opened = true;
    } catch (const std::exception& e) {
        if (l.dropped.load(std::memory_order_relaxed) == 0)
            complain(
                fmt::format("coppice: the log cannot begin: {}; its lines are lost and counted "
                            "until it can",
                            e.what()));
    }
    return l.opened;
}

void write_record(log_state& l, const log::record& r) {
    if (!is_open(l)) {
        l.dropped.fetch_add(1, std::memory_order_relaxed);
        return;
    }
    const std::uint64_t dropped = l.dropped.load(std::memory_order_relaxed);
    if (dropped > l.dropped_and_told) {
        const log::record told{
            .number = l.next_number++,
            .time = time_now(),
            .level = severity::warning,
            .process = {},
            .name = {},
            .what = log::event{std::in_place, log::reports_dropped{dropped - l.dropped_and_told}}};
        if (log_writer::write(told, l.settings.queue))
            l.dropped_and_told = dropped;
    }
    if (!log_writer::write(r, l.settings.queue))
        l.dropped.fetch_add(1, std::memory_order_relaxed);
}

// --- telling subscribers, outside of the lock ---

/// May the code that reports be suspended here?
bool may_be_suspended(pid receiver) noexcept {
    const process* me = current_process();
    return me && me->running && !me->doomed && !me->buried && !me->destroying && !me->blocked &&
           me->self() != receiver && std::uncaught_exceptions() == 0;
}

/// Waits until the mailbox takes it. False: there was no room in time, or the process that waits is told
/// to end.
bool wait_and_send(subscriber& x, node* n) {
    worker& w = *this_worker;
    process& me = *current_process();
    const auto began = w.now().time_since_epoch().count();
    const auto takes_nothing = [&] {
        const auto last = std::max(began, x.took_at.load(std::memory_order_relaxed));
        return w.now().time_since_epoch() - time_limit::clock::duration{last} >=
               longest_wait_for_subscriber;
    };
    do {
        if (takes_nothing()) {
            x.behind.store(true, std::memory_order_relaxed);
            return false;
        }
        wait_op op;
        wait_in_handler(w, me, op, time_between_looks);
        if (op.result == wait_op::outcome::cancelled || x.ended.load(std::memory_order_relaxed))
            return false;
    } while (!post_if_room(x.receiver, n));
    return true;
}

void send_to_subscriber(log_state& l, subscriber& x, const log::record& r, reporter by) {
    if (!x.receiver.alive())
        return;
    node* n = x.make(r);
    if (!n)
        return; // it is another event
    message owner{n};
    const bool may_wait = by == reporter::user && may_be_suspended(x.receiver);
    if (post_if_room(x.receiver, n) ||
        (may_wait && !x.behind.load(std::memory_order_relaxed) && wait_and_send(x, n))) {
        (void)owner.release(); // before anything else can happen
        x.behind.store(false, std::memory_order_relaxed);
        x.took_at.store(clock_now().time_since_epoch().count(), std::memory_order_relaxed);
        return;
    }
    if (x.ended.load(std::memory_order_relaxed))
        return;
    l.undelivered.fetch_add(1, std::memory_order_relaxed);
    const enter_subscriber for_what_this_reports;
    report_dropped(x.receiver, n->ops->name, overflow_policy::block);
}

using subscribers = std::vector<std::shared_ptr<subscriber>>;

void call_functions(log_state& l, const subscribers& all, const log::record& r) {
    std::unique_lock in_turn{l.telling, std::defer_lock};
    for (const auto& x : all) {
        if (!x->call)
            continue;
        if (!in_turn)
            in_turn.lock();
        const enter_subscriber for_what_it_reports;
        if (!x->ended.load(std::memory_order_relaxed)) // by a function that was called before
            guarded([&] { x->call(r); }); // it must not throw; if it does, it harms itself
    }
}

void send_to_processes(log_state& l, const subscribers& all, const log::record& r, reporter by) {
    for (const auto& x : all)
        if (!x->call && !x->ended.load(std::memory_order_relaxed))
            send_to_subscriber(l, *x, r, by);
}

std::uint64_t add(std::shared_ptr<subscriber> x) {
    log_state& l = ready_log();
    const std::lock_guard hold{l.lock};
    x->id = l.next_subscriber++;
    l.functions.fetch_add(x->call ? 1 : 0, std::memory_order_relaxed);
    l.subscribers.push_back(x);
    l.set_gate();
    return x->id;
}

} // namespace

void deliver_report(severity s, pid about, log::event e, reporter by) {
    log_state& l = the_log();
    std::vector<std::shared_ptr<subscriber>> told;
    // So that functions are called in the order of the records. One that subscribes after this was
    // asked is told of what is reported later, or is told out of turn.
    std::unique_lock in_order{l.telling, std::defer_lock};
    if (l.functions.load(std::memory_order_relaxed) > 0)
        in_order.lock();
    const pid me = this_process::self();
    log::record r{.number = 0,
                  .time = time_now(),
                  .level = s,
                  .process = me ? me : about,
                  .name = registered_name(me ? me : about),
                  .what = std::move(e)};
    {
        const std::lock_guard hold{l.lock};
        make_ready(l);
        const auto own = l.levels.find(about ? about : me);
        const severity least = own == l.levels.end() ? l.settings.level : own->second;
        r.number = l.next_number++;
        if (s >= least && least != severity::off)
            write_record(l, r);
        if (s >= l.settings.keep && l.settings.kept > 0) {
            l.kept.push_back(r);
            if (l.kept.size() > l.settings.kept)
                l.kept.pop_front();
        }
        if (!inside_subscriber)
            std::copy_if(l.subscribers.begin(), l.subscribers.end(), std::back_inserter(told),
                         [s](const auto& x) { return s >= x->least; });
    }
    call_functions(l, told, r);
    if (in_order)
        in_order.unlock(); // a process may be suspended now
    send_to_processes(l, told, r, by);
}

void count_failed_report() noexcept {
    the_log().dropped.fetch_add(1, std::memory_order_relaxed);
    if (the_log().failed.fetch_add(1, std::memory_order_relaxed) == 0)
        complain("coppice: out of memory: a report is lost, and so may be others");
}

std::uint64_t add_subscriber(severity least, std::function<void(const log::record&)> f) {
    auto x = std::make_shared<subscriber>();
    x->least = least;
    x->call = std::move(f);
    return add(std::move(x));
}

std::uint64_t add_subscriber(severity least, pid receiver, message_maker make) {
    auto x = std::make_shared<subscriber>();
    x->least = least;
    x->receiver = receiver;
    x->make = make;
    return add(std::move(x));
}

void remove_subscriber(std::uint64_t id) noexcept {
    log_state& l = the_log();
    std::shared_ptr<subscriber> gone; // destroyed without the lock: it is the user's
    const std::lock_guard not_while_it_runs{l.telling};
    const std::lock_guard hold{l.lock};
    const auto it = std::find_if(l.subscribers.begin(), l.subscribers.end(),
                                 [&](const auto& x) { return x->id == id; });
    if (it == l.subscribers.end())
        return;
    gone = std::move(*it);
    gone->ended.store(true, std::memory_order_relaxed);
    l.functions.fetch_sub(gone->call ? 1 : 0, std::memory_order_relaxed);
    l.subscribers.erase(it);
    l.set_gate();
}
void write_line(severity s, std::string text) {
    log::report(s, log::written_line{std::move(text)});
}

void write_line(severity s, std::string_view format, const log_argument* arguments, std::size_t n) {
    fmt::dynamic_format_arg_store<fmt::format_context> store;
    for (std::size_t i = 0; i < n; ++i)
        switch (arguments[i].what) {
        case log_argument::kind::text:
            store.push_back(fmt::string_view{arguments[i].text.data(), arguments[i].text.size()});
            break;
        case log_argument::kind::integer:
            store.push_back(arguments[i].integer);
            break;
        case log_argument::kind::natural:
            store.push_back(arguments[i].natural);
            break;
        case log_argument::kind::real:
            store.push_back(arguments[i].real);
            break;
        case log_argument::kind::boolean:
            store.push_back(arguments[i].natural != 0);
            break;
        case log_argument::kind::character:
            store.push_back(arguments[i].character);
            break;
        }
    write_line(s, fmt::vformat(fmt::string_view{format.data(), format.size()}, store));
}

std::string duration_text(std::chrono::nanoseconds d) {
    const auto n = static_cast<double>(d.count());
    if (n < 1e3)
        return fmt::format("{} ns", d.count());
    if (n < 1e6)
        return fmt::format("{:.3g} us", n / 1e3);
    if (n < 1e9)
        return fmt::format("{:.3g} ms", n / 1e6);
    return fmt::format("{:.4g} s", n / 1e9);
}

} // namespace detail

namespace log {

using namespace detail;

void configure(const settings& s) {
    log_state& l = the_log();
    {
        const std::lock_guard hold{l.lock};
        chosen_settings chosen = with_environment(l, s);
        open_writer(l, chosen, s.file);
        l.ready = l.opened = true;
        l.settings = chosen.settings;
        l.set_gate();
    }
    log_writer::close_previous(patience_with_last_writer);
}

settings configuration() {
    log_state& l = ready_log();
    const std::lock_guard hold{l.lock};
    return l.settings;
}

void set_level(severity least) {
    log_state& l = ready_log();
    const std::lock_guard hold{l.lock};
    l.settings.level = least;
    l.set_gate();
}

severity level() noexcept {
    log_state& l = ready_log();
    const std::lock_guard hold{l.lock};
    return l.settings.level;
}

void set_level(pid process, severity least) {
    log_state& l = ready_log();
    const std::lock_guard hold{l.lock};
    boost::unordered::erase_if(l.levels, [](const auto& x) { return !x.first.alive(); });
    l.levels[process] = least;
    l.set_gate();
}

void reset_level(pid process) {
    log_state& l = ready_log();
    const std::lock_guard hold{l.lock};
    l.levels.erase(process);
    l.set_gate();
}

bool flush(time_span patience) { return log_writer::flush(patience); }

counters count() noexcept {
    const log_state& l = the_log();
    return {.written = log_writer::written(),
            .dropped = l.dropped.load(std::memory_order_relaxed),
            .lost = log_writer::lost(),
            .undelivered = l.undelivered.load(std::memory_order_relaxed)};
}

std::vector<record> recent(std::size_t n) {
    log_state& l = ready_log();
    const std::lock_guard hold{l.lock};
    const std::size_t from = l.kept.size() - std::min(n, l.kept.size());
    return {l.kept.begin() + static_cast<std::ptrdiff_t>(from), l.kept.end()};
}

void forget_recent() {
    log_state& l = ready_log();
    const std::lock_guard hold{l.lock};
    l.kept.clear();
}

} // namespace log
} // namespace coppice
