// SPDX-License-Identifier: BSL-1.0
// IO: how long a process waits for its sockets, when the threads of the runtime wait for their
// events and when a dedicated thread does.
#include "busy_processes.hpp"
#include "figure.hpp"
#include "workloads.hpp"
#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/connect_pair.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <coppice.hpp>
#include <coppice/asio.hpp>
#include <memory>
#include <random>
#include <thread>

namespace benchmark {

using namespace coppice;
using namespace std::chrono_literals;
namespace asio = boost::asio;

namespace {

using socket = asio::local::stream_protocol::socket;
using clock = std::chrono::steady_clock;

constexpr unsigned connections = 50, busy_beside = 4;
constexpr clock::duration length = 3s;
constexpr std::chrono::microseconds longest_pause = 5ms;

/// A thread that does nothing but run an io_context.
class io_thread {
public:
    io_thread() : thread_{[this] { io_.run(); }} {}
    ~io_thread() {
        work_.reset();
        io_.stop();
        thread_.join();
    }
    asio::any_io_executor executor() { return io_.get_executor(); }

private:
    asio::io_context io_{1};
    asio::executor_work_guard<asio::io_context::executor_type> work_{io_.get_executor()};
    std::thread thread_;
};

/// Echoes each byte until the other side closes. `elsewhere`: the executor with the thread that
/// waits for events; without it, the runtime's.
void echo(int fd, asio::any_io_executor elsewhere) {
    socket s{elsewhere ? elsewhere : this_process::io_executor(), asio::local::stream_protocol{},
             fd};
    for (;;) {
        boost::system::error_code ended;
        char byte = 0;
        asio::async_read(s, asio::buffer(&byte, 1), use_process[ended]);
        if (ended)
            return;
        asio::async_write(s, asio::buffer(&byte, 1), use_process[ended]);
    }
}

/// One connection's client, outside the runtime: sends a byte, waits for it, pauses.
class client : public std::enable_shared_from_this<client> {
public:
    client(socket s, unsigned seed, bool pauses, clock::time_point until, std::vector<double>* seen)
        : socket_{std::move(s)},
          timer_{socket_.get_executor()},
          random_{seed},
          pauses_{pauses},
          until_{until},
          seen_{seen} {}

    void next() {
        if (!pauses_)
            return ask();
        timer_.expires_after(std::chrono::microseconds{random_() % longest_pause.count()});
        timer_.async_wait([self = shared_from_this()](auto) { self->ask(); });
    }

private:
    void ask() {
        asked_at_ = clock::now();
        if (asked_at_ >= until_)
            return; // the socket closes
        asio::async_write(
            socket_, asio::buffer(&byte_, 1), [self = shared_from_this()](auto, auto) {
                asio::async_read(
                    self->socket_, asio::buffer(&self->byte_, 1), [self](auto ec, auto) {
                        if (ec)
                            return;
                        self->seen_->push_back(std::chrono::duration<double, std::micro>(
                                                   clock::now() - self->asked_at_)
                                                   .count());
                        self->next();
                    });
            });
    }

    socket socket_;
    asio::steady_timer timer_;
    std::minstd_rand random_;
    bool pauses_;
    clock::time_point until_, asked_at_;
    std::vector<double>* seen_;
    char byte_ = 'x';
};

std::vector<double> run_clients(const std::vector<int>& fds, bool pauses) {
    std::vector<double> seen;
    asio::io_context io{1};
    for (std::size_t i = 0; i < fds.size(); ++i)
        std::make_shared<client>(socket{io, asio::local::stream_protocol{}, fds[i]},
                                 static_cast<unsigned>(i + 1), pauses, clock::now() + length, &seen)
            ->next();
    io.run();
    std::sort(seen.begin(), seen.end());
    return seen;
}

std::vector<double> round_trips(bool dedicated, bool pauses) {
    io_thread beside;
    std::vector<int> fds;
    std::vector<monitor_ref> ends;
    asio::io_context io;
    for (unsigned i = 0; i < connections; ++i) {
        socket a{io}, b{io};
        asio::local::connect_pair(a, b);
        fds.push_back(b.release());
        ends.push_back(this_process::monitor(
            spawn(echo, a.release(), dedicated ? beside.executor() : asio::any_io_executor{})));
    }
    std::vector<double> seen = blocking([&] { return run_clients(fds, pauses); });
    for (std::size_t i = 0; i < ends.size(); ++i)
        this_process::receive<down>();
    return seen;
}

void report_round_trips(const std::string& name, const std::vector<double>& us) {
    const bool right = us.size() > connections;
    const auto at = [&](double share) {
        return right ? us[static_cast<std::size_t>(static_cast<double>(us.size()) * share)] : 0;
    };
    report("IO", name + "_p50", at(.5), "us", right);
    report("IO", name + "_p99", at(.99), "us", right);
    report("IO", name + "_rate",
           static_cast<double>(us.size()) / std::chrono::duration<double>(length).count(), "1/s",
           right);
}

} // namespace

void io_under_load() {
    runtime::run([] {
        for (const bool dedicated : {false, true}) {
            const std::string name = dedicated ? "dedicated" : "integrated";
            report_round_trips(name, round_trips(dedicated, true));
            report_round_trips(name + "_closed_loop", round_trips(dedicated, false));
            const busy_processes busy{busy_beside};
            report_round_trips(name + "_beside_hogs", round_trips(dedicated, true));
        }
    });
}

} // namespace benchmark
