// SPDX-License-Identifier: BSL-1.0
#include "log/log_writer.hpp"
#include "log/log_file.hpp"
#include "process/guarded.hpp"
#include "support/thread_sleep.hpp"
#include <algorithm>
#include <atomic>
#include <boost/log/attributes/constant.hpp>
#include <boost/log/attributes/value_extraction.hpp>
#include <boost/log/core.hpp>
#include <boost/log/sinks/async_frontend.hpp>
#include <boost/log/sinks/basic_sink_backend.hpp>
#include <boost/log/sinks/bounded_fifo_queue.hpp>
#include <boost/log/sinks/drop_on_overflow.hpp>
#include <boost/log/sources/logger.hpp>
#include <boost/log/sources/record_ostream.hpp>
#include <csignal>
#include <cstdlib>
#include <fmt/format.h>
#include <memory>
#include <mutex>
#include <thread>
#include <unistd.h>
#include <vector>

// The one file that knows Boost.Log. A thread of its own writes; we count what waits for it, so
// that the queue is bounded by a setting and every dropped line is counted.
namespace coppice::detail::log_writer {
namespace {

namespace blog = boost::log;
namespace sinks = boost::log::sinks;
using namespace std::chrono_literals;

/// Behind a mutex. The unbounded one is lock-free inside Boost's library, where TSan cannot see it.
constexpr std::size_t queue_size = 65'536;
using queue = sinks::bounded_fifo_queue<queue_size, sinks::drop_on_overflow>;

constexpr auto patience_with_a_stuck_one = 100ms;

std::atomic<std::uint64_t> all_written{0}, all_lost{0};

/// Boost.Log's number for the attribute that carries the record, looked up once.
blog::attribute_name record_name() {
    static const blog::attribute_name name{"Record"};
    return name;
}

/// Lets the program end while a thread hangs in a write, in three states: outside (the thread is in
/// Boost.Log or in our words), inside (it writes), closed.
///
/// Behind at_exit the C library destroys Boost.Log. A thread that is left behind by then must never
/// get back to it, and what it did there before must be over: `close` succeeds only while the
/// thread is inside, and `leave` does not return from a closed gate. All orders are by the
/// exchange: release on the way in hands over what the thread did in Boost.Log to who closes
/// (acquire).
class write_gate {
public:
    void enter() noexcept { where_.store(inside, std::memory_order_release); }
    void leave() noexcept {
        int was = inside;
        if (!where_.compare_exchange_strong(was, outside, std::memory_order_relaxed))
            for (;;)
                ::pause(); // until the program is gone
    }
    bool close() noexcept {
        int was = inside;
        return where_.compare_exchange_strong(was, closed, std::memory_order_acquire);
    }

private:
    enum : int { outside, inside, closed };
    std::atomic<int> where_{outside};
};

/// Puts records into words and writes them, on the writing thread. It never throws: what goes wrong
/// costs the line.
class line_backend : public sinks::basic_sink_backend<sinks::synchronized_feeding> {
public:
    line_backend(std::unique_ptr<log_file> file, log::format format)
        : file_{std::move(file)}, format_{format} {}

    void consume(const blog::record_view& r) {
        put([&r]() -> const log::record& {
            return blog::extract_or_throw<log::record>(record_name(), r);
        });
        // Release: what `flush` has waited for is written.
        waiting.fetch_sub(1, std::memory_order_release);
        stuck.store(false, std::memory_order_relaxed);
    }

    /// Writes what `get` returns, or loses it, with a word about that.
    template <class Get>
    void put(Get get) {
        std::error_code failed = std::make_error_code(std::errc::not_enough_memory);
        const ending end = guarded([&] { failed = write(get()); });
        if (end.kind != ending::how::returned || failed)
            lose(failed);
        else
            all_written.fetch_add(1, std::memory_order_relaxed);
    }

    std::atomic<std::size_t> waiting{0};
    std::atomic<bool> stuck{false}; // a flush waited in vain, and nothing was written since
    write_gate gate;

private:
    std::error_code write(const log::record& r) {
        if (lost_ > 0) {
            // First what the reader of the log should know about the gap.
            log::record gap{.number = r.number,
                            .time = r.time,
                            .level = severity::warning,
                            .process = {},
                            .name = {},
                            .what = log::event{std::in_place, log::reports_lost{lost_, why_}}};
            if (const std::error_code e = write(text_of(gap)))
                return e;
            lost_ = 0;
        }
        return write(text_of(r));
    }
    std::error_code write(const std::string& text) {
        struct passage {
            explicit passage(write_gate& g) noexcept : through{g} { through.enter(); }
            passage(const passage&) = delete;
            ~passage() { through.leave(); }
            write_gate& through;
        } here{gate};
        return file_->write(text);
    }
    std::string text_of(const log::record& r) const {
        return format_ == log::format::json ? r.json() : r.text();
    }
    void lose(const std::error_code& why) noexcept {
        all_lost.fetch_add(1, std::memory_order_relaxed);
        if (lost_++ > 0)
            return;
        // Out of memory there is not even a sentence about it.
        guarded([&] {
            why_ = why.message();
            complain(fmt::format("coppice: the log cannot be written to {}: {}; its lines are lost "
                                 "and counted until it can",
                                 file_->name(), why_));
        });
    }

    std::unique_ptr<log_file> file_;
    log::format format_;
    std::uint64_t lost_ = 0; // since the last line that was written
    std::string why_;
};

/// What is open: a thread with its queue, and what it writes to.
struct sink {
    boost::shared_ptr<line_backend> backend;
    boost::shared_ptr<sinks::asynchronous_sink<line_backend, queue>> front;

    explicit operator bool() const noexcept { return front != nullptr; }
};

/// Signals are for the threads of the program that wait for them; those that tell of a failed write
/// have no reader, the failure itself is told.
class without_signals {
public:
    without_signals() noexcept {
        sigset_t all;
        sigfillset(&all);
        for (const int s : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT})
            sigdelset(&all, s);
        pthread_sigmask(SIG_SETMASK, &all, &before_);
    }
    without_signals(const without_signals&) = delete;
    without_signals& operator=(const without_signals&) = delete;
    ~without_signals() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

private:
    sigset_t before_{};
};

boost::shared_ptr<line_backend> make_backend(const log::settings& s) {
    auto file = s.file.empty() ? std::make_unique<log_file>()
                               : std::make_unique<log_file>(s.file, s.rotate_at, s.old_files);
    return boost::make_shared<line_backend>(std::move(file), s.format);
}

sink make_sink(boost::shared_ptr<line_backend> backend) {
    sink made;
    made.backend = std::move(backend);
    const without_signals while_the_thread_starts;
    made.front = boost::make_shared<sinks::asynchronous_sink<line_backend, queue>>(made.backend);
    return made;
}

bool wait_until_written(sink& s, time_limit::clock::duration patience) {
    if (!s)
        return true;
    if (s.backend->stuck.load(std::memory_order_relaxed))
        patience = std::min<time_limit::clock::duration>(patience, patience_with_a_stuck_one);
    const auto start = time_limit::clock::now();
    while (s.backend->waiting.load(std::memory_order_acquire) > 0) {
        if (time_limit::clock::now() - start > patience) {
            s.backend->stuck.store(true, std::memory_order_relaxed);
            return false;
        }
        sleep_thread(1ms);
    }
    return true;
}

/// What hangs in a write that does not come back, with what still waits there.
struct left_behind {
    std::mutex lock;
    std::vector<sink> all;
};

left_behind& the_left_behind() {
    static auto* made = new left_behind; // their threads end with the program
    return *made;
}

/// No line goes there any more. Its thread ends, unless it hangs in a write that does not come
/// back: then it is left behind, with what it still has, and ends with the program. True: it has
/// ended.
bool end(sink s, time_limit::clock::duration patience) {
    if (!s)
        return true;
    blog::core::get()->remove_sink(s.front);
    if (wait_until_written(s, patience)) {
        s.front->stop();
        return true;
    }
    all_lost.fetch_add(s.backend->waiting.load(std::memory_order_relaxed),
                       std::memory_order_relaxed);
    left_behind& l = the_left_behind();
    const std::lock_guard hold{l.lock};
    l.all.push_back(std::move(s));
    return false;
}

/// None of those that are left behind gets back to Boost.Log, but one that is in there for longer
/// than `patience` all together.
void close_gates(time_limit::clock::duration patience) {
    left_behind& l = the_left_behind();
    const std::lock_guard hold{l.lock};
    const auto start = time_limit::clock::now();
    for (sink& s : l.all)
        while (!s.backend->gate.close()) {
            if (s.backend->waiting.load(std::memory_order_acquire) == 0) {
                s.front->stop(); // it came back, and is done
                break;
            }
            if (time_limit::clock::now() - start > patience)
                return;
            sleep_thread(1ms);
        }
}

struct writer {
    // Held while a line is handed over, so that it goes to one that is open, and is counted there.
    std::mutex lock;
    sink open;
    std::vector<sink> before; // what was open, until close_previous
    blog::sources::logger source;
    // Destructors of statics may log. From at_exit on Boost.Log is not used, which is destroyed
    // behind it: the thread that logs writes itself, to what was open last.
    bool has_ended = false;
    boost::shared_ptr<line_backend> last;
    // Held while a sink is made or taken away, and taken before `lock`. Threads may do so while
    // another ends the program.
    std::mutex changing;
};

writer& the_writer() {
    static auto* made = new writer; // never destroyed: lines may come until the very end
    return *made;
}

/// Lines that come from now on go to `next`. What was open before.
sink exchange(sink next) {
    writer& w = the_writer();
    const std::lock_guard hold{w.lock};
    if (w.open)
        blog::core::get()->remove_sink(w.open.front);
    if (next)
        blog::core::get()->add_sink(next.front);
    return std::exchange(w.open, std::move(next));
}

sink what_is_open() {
    writer& w = the_writer();
    const std::lock_guard hold{w.lock};
    return w.open;
}

/// Under `changing`.
void end_previous(time_limit::clock::duration patience) {
    writer& w = the_writer();
    std::vector<sink> all;
    {
        const std::lock_guard hold{w.lock};
        all.swap(w.before);
    }
    for (sink& s : all)
        end(std::move(s), patience);
}

void at_exit() {
    flush(2s);
    writer& w = the_writer();
    std::unique_lock no_change{w.changing, std::defer_lock};
    for (int i = 0; i < 1000 && !no_change.try_lock(); ++i) // by who waits for a writer that hangs
        sleep_thread(1ms);
    end_previous(100ms);
    const sink s = exchange({});
    const bool has_ended = end(s, 100ms);
    close_gates(100ms);
    const std::lock_guard hold{w.lock};
    w.has_ended = true;
    if (has_ended)
        w.last = s.backend;
}

/// When the program is loaded: a thread that registered while another ends the program might come
/// too late. What Boost.Log makes at its first use is made before, and so destroyed behind at_exit.
[[maybe_unused]] const int registered = [] {
    (void)record_name();
    (void)blog::core::get();
    return std::atexit(at_exit);
}();

} // namespace

void open(const log::settings& s) {
    writer& w = the_writer();
    auto backend = make_backend(s); // opens the file, which may take its time
    const std::lock_guard one_at_a_time{w.changing};
    {
        const std::lock_guard hold{w.lock};
        if (w.has_ended) {
            w.last = std::move(backend);
            return;
        }
        w.before.reserve(w.before.size() + 1); // nothing may fail once the new one is in use
    }
    sink next = make_sink(std::move(backend));
    sink last = exchange(std::move(next));
    const std::lock_guard hold{w.lock};
    w.before.push_back(std::move(last));
}

void close_previous(time_limit::clock::duration patience) {
    writer& w = the_writer();
    const std::lock_guard one_at_a_time{w.changing};
    {
        const std::lock_guard hold{w.lock};
        if (w.has_ended)
            return;
    }
    end_previous(patience);
}

bool write(const log::record& what, std::size_t most_waiting) {
    writer& w = the_writer();
    const std::lock_guard hold{w.lock};
    if (w.has_ended && w.last)
        w.last->put([&what]() -> const log::record& { return what; });
    if (!w.open)
        return w.has_ended && w.last;
    std::atomic<std::size_t>& waiting = w.open.backend->waiting;
    if (waiting.load(std::memory_order_relaxed) >= std::min(most_waiting, queue_size - 1))
        return false;
    blog::record r = w.source.open_record();
    if (!r)
        return false;
    r.attribute_values().insert(record_name(),
                                blog::attributes::constant<log::record>{what}.get_value());
    waiting.fetch_add(1, std::memory_order_relaxed); // raised under the lock only
    try {
        w.source.push_record(std::move(r));
    } catch (const std::exception&) {
        waiting.fetch_sub(1, std::memory_order_relaxed); // it will not come to the thread
        throw;
    }
    return true;
}

bool flush(time_limit::clock::duration patience) {
    sink s = what_is_open();
    return wait_until_written(s, patience);
}

std::uint64_t written() noexcept { return all_written.load(std::memory_order_relaxed); }
std::uint64_t lost() noexcept { return all_lost.load(std::memory_order_relaxed); }

} // namespace coppice::detail::log_writer
