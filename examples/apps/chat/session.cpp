// SPDX-License-Identifier: BSL-1.0
#include "session.hpp"
#include "rooms.hpp"
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/websocket.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <coppice/asio.hpp>
#include <coppice/process_info.hpp>
#include <memory>

namespace chat {

using namespace coppice;
using namespace std::chrono_literals;
namespace asio = boost::asio;
namespace json = boost::json;
namespace websocket = boost::beast::websocket;
using asio::ip::tcp;

namespace {

constexpr auto write_timeout = 10s;
constexpr std::size_t most_waiting = 500; // messages for a browser that is slow
constexpr std::size_t largest_frame = 4096;

/// What a read has brought.
struct frame {
    std::string text;
};
struct disconnected {};

class session {
public:
    session(tcp::socket browser,
            const boost::beast::http::request<boost::beast::http::string_body>& upgrade)
        : io_{std::make_shared<connection>(std::move(browser))} {
        this_process::trap_exit(true); // a stop closes the socket in order
        io_->socket.read_message_max(largest_frame);
        io_->socket.set_option(
            websocket::stream_base::timeout::suggested(boost::beast::role_type::server));
        io_->socket.async_accept(upgrade, use_process.until(write_timeout));
    }

    void run() {
        read();
        for (bool goes_on = true; goes_on;)
            goes_on = this_process::receive(
                [&](const frame& f) {
                    handle(f.text);
                    return read();
                },
                [&](const line& l) {
                    return write({{"from", l.from}, {"text", l.text}});
                },
                [&](const came& c) {
                    return write({{"came", c.name}});
                },
                [&](const went& w) {
                    return write({{"went", w.name}});
                },
                [&](const down& d) { return d.ref == room_ ? come_back() : true; },
                [](disconnected) { return false; },
                [&](const exit_signal&) { return close(websocket::close_code::going_away); });
    }

private:
    /// Lives as long as an operation on it.
    struct connection {
        explicit connection(tcp::socket s) : socket{std::move(s)} {}
        websocket::stream<tcp::socket> socket;
        boost::beast::flat_buffer read;
    };

    /// What comes is a message to this process, so that it can wait for the rooms at the same time.
    /// The handler runs on the thread of this process, which keeps it for life.
    bool read() {
        io_->socket.async_read(io_->read, [io = io_, me = this_process::self()](
                                              boost::system::error_code ec, std::size_t) {
            if (ec)
                return me.send(disconnected{});
            me.send(frame{boost::beast::buffers_to_string(io->read.data())});
            io->read.clear();
        });
        return true;
    }

    bool write(const json::value& what) {
        boost::system::error_code ec;
        const std::string text = json::serialize(what);
        io_->socket.async_write(asio::buffer(text), use_process.until(write_timeout)[ec]);
        const auto me = process_info(this_process::self());
        if (ec || (me && me->messages > most_waiting))
            return close(websocket::close_code::policy_error);
        return true;
    }
    bool close(websocket::close_code why) {
        boost::system::error_code gone;
        io_->socket.async_close(why, use_process.until(1s)[gone]);
        return false;
    }

    void handle(const std::string& text) {
        boost::system::error_code ec;
        const json::value v = json::parse(text, ec);
        const auto word = [&](const char* name) -> std::string {
            const json::value* w = v.is_object() ? v.get_object().if_contains(name) : nullptr;
            return w && w->is_string() ? std::string{w->get_string()} : std::string{};
        };
        if (const std::string what = word("say"); !what.empty() && !room_name_.empty()) {
            const auto r = rooms.whereis(room_name_);
            if (!r.process())
                write({{"error", "the room is being started: say it again"}});
            else
                r.cast(say{name_, what});
        } else if (!word("room").empty() && !word("name").empty() && room_name_.empty()) {
            room_name_ = word("room");
            name_ = word("name");
            go_in();
        } else
            write({{"error", "say {\"room\": ..., \"name\": ...} first, and then {\"say\": ...}"}});
    }

    void go_in() {
        const auto r = open_room(room_name_);
        const auto last = r ? r->try_call(enter{this_process::self(), name_})
                            : result<std::vector<line>>{r.error()};
        if (!last)
            return (void)write({{"error", last.error().detail}});
        room_ = this_process::monitor(r->process());
        json::array lines;
        for (const line& l : *last)
            lines.push_back({{"from", l.from}, {"text", l.text}});
        write({{"history", lines}});
    }

    /// The room has ended. Its supervisor starts it under the same name; we go in again.
    bool come_back() {
        members.unregister_key(room_name_, this_process::self());
        for (int i = 0; i < 500 && !rooms.whereis(room_name_).process(); ++i)
            this_process::sleep(10ms);
        go_in();
        return write({{"again", room_name_}});
    }

    std::shared_ptr<connection> io_;
    std::string room_name_, name_; // empty before it has gone in
    monitor_ref room_;
};

} // namespace

void run_session(tcp::socket browser,
                 const boost::beast::http::request<boost::beast::http::string_body>& upgrade) {
    session{std::move(browser), upgrade}.run();
}

} // namespace chat
