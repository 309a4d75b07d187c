// SPDX-License-Identifier: BSL-1.0
#include "log_writer.hpp"
#include <algorithm>
#include <atomic>
#include <boost/core/null_deleter.hpp>
#include <boost/log/attributes/constant.hpp>
#include <boost/log/attributes/value_extraction.hpp>
#include <boost/log/core.hpp>
#include <boost/log/sinks/async_frontend.hpp>
#include <boost/log/sinks/bounded_fifo_queue.hpp>
#include <boost/log/sinks/drop_on_overflow.hpp>
#include <boost/log/sinks/text_file_backend.hpp>
#include <boost/log/sinks/text_ostream_backend.hpp>
#include <boost/log/sources/logger.hpp>
#include <boost/log/sources/record_ostream.hpp>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <memory>
#include <mutex>
#include <system_error>
#include <thread>

// The one file that knows Boost.Log. A thread of its own writes; we count what waits for it, so that
// the queue is bounded by a setting and every dropped line is counted.
namespace coppice::detail::log_writer {
namespace {

namespace blog = boost::log;
namespace sinks = boost::log::sinks;

/// Behind a mutex. The unbounded one is lock-free inside Boost's library, where TSan cannot see it.
constexpr std::size_t queue_size = 65'536;
using queue = sinks::bounded_fifo_queue<queue_size, sinks::drop_on_overflow>;

std::atomic<std::size_t> waiting{0};
std::atomic<std::uint64_t> done{0};

/// Writes through another backend and counts.
template <class Backend>
class counted : public Backend {
public:
    using Backend::Backend;
    void consume(const blog::record_view& r, const typename Backend::string_type& text) {
        Backend::consume(r, text);
        ++done;
        --waiting;
    }
};

using to_stream = sinks::asynchronous_sink<counted<sinks::text_ostream_backend>, queue>;
using to_file = sinks::asynchronous_sink<counted<sinks::text_file_backend>, queue>;

struct writer {
    std::mutex lock;
    boost::shared_ptr<to_stream> stream;
    boost::shared_ptr<to_file> file;
    blog::sources::logger_mt source;

    void close() {
        const auto end = [](auto& sink) {
            if (!sink)
                return;
            blog::core::get()->remove_sink(sink);
            sink->stop();
            sink->flush();
            sink.reset();
        };
        end(stream);
        end(file);
    }
};

writer& the_writer() {
    static auto* w = new writer; // closed by at_exit; lines may come until the very end
    return *w;
}

template <class Sink>
void add(const boost::shared_ptr<Sink>& sink, log::format format) {
    sink->set_formatter([format](const blog::record_view& r, blog::formatting_ostream& out) {
        if (const auto x = blog::extract<log::record>("Record", r))
            out << (format == log::format::json ? x->json() : x->text());
    });
    blog::core::get()->add_sink(sink);
}

void at_exit() {
    flush(std::chrono::seconds{2});
    writer& w = the_writer();
    const std::lock_guard hold{w.lock};
    w.close();
}

} // namespace

void open(const log::settings& s) {
    writer& w = the_writer();
    if (!s.file.empty() && !std::ofstream{s.file, std::ios::app})
        throw std::system_error{errno, std::generic_category(),
                                "coppice: cannot open the log file " + s.file};
    const std::lock_guard hold{w.lock};
    static const bool registered = std::atexit(at_exit) == 0;
    (void)registered;
    w.close();
    if (s.file.empty()) {
        auto backend = boost::make_shared<counted<sinks::text_ostream_backend>>();
        backend->add_stream(boost::shared_ptr<std::ostream>{&std::clog, boost::null_deleter{}});
        backend->auto_flush(true);
        backend->set_auto_newline_mode(sinks::disabled_auto_newline);
        add(w.stream = boost::make_shared<to_stream>(backend), s.format);
        return;
    }
    auto backend = boost::make_shared<counted<sinks::text_file_backend>>(
        blog::keywords::file_name = s.file, blog::keywords::target_file_name = s.file + ".%N",
        blog::keywords::rotation_size = s.rotate_at, blog::keywords::open_mode = std::ios::app,
        blog::keywords::auto_newline_mode = sinks::disabled_auto_newline,
        blog::keywords::enable_final_rotation = false);
    backend->auto_flush(true);
    auto target = std::filesystem::path{s.file}.parent_path();
    backend->set_file_collector(
        sinks::file::make_collector(blog::keywords::target = target.empty() ? "." : target.string(),
                                    blog::keywords::max_files = s.old_files));
    add(w.file = boost::make_shared<to_file>(backend), s.format);
}

bool write(const log::record& what, std::size_t most_waiting) {
    if (waiting.fetch_add(1, std::memory_order_relaxed) >= std::min(most_waiting, queue_size - 1)) {
        --waiting;
        return false;
    }
    writer& w = the_writer();
    blog::record r = w.source.open_record();
    if (!r) {
        --waiting;
        return false;
    }
    r.attribute_values().insert("Record",
                                blog::attributes::constant<log::record>{what}.get_value());
    w.source.push_record(std::move(r));
    return true;
}

bool flush(time_limit::clock::duration patience) {
    const auto deadline = detail::saturated_sum(time_limit::clock::now(), patience);
    while (waiting.load(std::memory_order_acquire) > 0) {
        if (time_limit::clock::now() > deadline)
            return false;
        std::this_thread::sleep_for(std::chrono::milliseconds{1});
    }
    return true;
}

std::uint64_t written() noexcept { return done.load(std::memory_order_relaxed); }

} // namespace coppice::detail::log_writer
