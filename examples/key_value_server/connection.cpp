// SPDX-License-Identifier: BSL-1.0
#include "connection.hpp"
#include "about.hpp"
#include "batch.hpp"
#include "listener.hpp"
#include "subscriber.hpp"
#include <array>
#include <boost/asio/ip/tcp.hpp>
#include <coppice/asio.hpp>
#include <unistd.h>

namespace key_value {

using namespace coppice;
using namespace std::chrono_literals;
namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

/// Bytes that the reader of a subscribed connection found; none: the client has hung up.
struct received {
    std::string bytes;
};

/// The reader may read again: so a client that sends more than it lets us answer has to wait.
struct go_on {};

constexpr auto patience_with_the_deaf = 10s; // before a subscriber that reads nothing is given up
constexpr auto patience_at_the_end = 1s;     // while a client sends on after the last answer
constexpr std::size_t written_at_once = 64 * 1024; // of published messages
constexpr auto retry_period = 5ms;
constexpr int most_retries = 400;

/// Reads for a connection that must hear of published messages as well.
void read_for(pid owner, int descriptor) {
    tcp::socket socket{this_process::io_executor()};
    socket.assign(tcp::v4(), descriptor);
    char buffer[4096];
    for (;;) {
        boost::system::error_code ec;
        const std::size_t n = socket.async_read_some(asio::buffer(buffer), use_process[ec]);
        owner.send(received{std::string(buffer, ec ? 0 : n)});
        if (ec)
            return;
        this_process::receive([](go_on) {});
    }
}

bool is_http(const command& c) {
    const std::string name = lower(c[0]);
    return name == "post" || name == "host:";
}

class connection {
public:
    connection(int descriptor, const surroundings& around)
        : socket_{this_process::io_executor()},
          around_{around},
          partitions_{around.options.partitions} {
        socket_.assign(tcp::v4(), descriptor);
    }

    void run() {
        while (!closing_) {
            if (reader_) {
                serve_subscribed();
                continue;
            }
            boost::system::error_code ec;
            const std::size_t n = socket_.async_read_some(asio::buffer(buffer_), use_process[ec]);
            if (ec)
                return;
            handle({buffer_.data(), n});
        }
        hang_up();
    }

private:
    /// Does all the commands that are complete and writes the answers.
    void handle(std::string_view bytes) {
        parser_.feed(bytes);
        batch b{around_};
        for (;;) {
            auto c = parser_.next();
            if (!c)
                break;
            dispatch(*c, b);
            if (closing_)
                break;
        }
        if (!parser_.error().empty()) {
            b.answer(error("ERR " + parser_.error()));
            closing_ = true;
        }
        if (!b.empty())
            write(b.finish());
    }

    /// A subscriber has its patience for each piece: one that takes a little now and then is served.
    void write(std::string_view bytes) {
        boost::system::error_code ec;
        const auto limit = subscriber_.listens() ? patience_with_the_deaf : time_limit{infinity};
        while (!bytes.empty() && !ec)
            bytes.remove_prefix(
                socket_.async_write_some(asio::buffer(bytes), use_process.until(limit)[ec]));
        closing_ = closing_ || ec;
    }

    /// The client sees the end at once. What it still sends is read for a moment: a socket that is
    /// closed over unread bytes takes back what was just written, and that says what was wrong. But
    /// not for longer, or a client that never ceases to send would stay for ever.
    void hang_up() {
        stop_reader();
        boost::system::error_code ec;
        socket_.shutdown(tcp::socket::shutdown_send, ec);
        const auto end = this_process::now() + patience_at_the_end;
        while (!ec && this_process::now() < end)
            socket_.async_read_some(asio::buffer(buffer_), use_process.until(end)[ec]);
    }

    void stop_reader() {
        if (!reader_)
            return;
        const auto watch = this_process::monitor(reader_);
        this_process::unlink(reader_);
        reader_.exit(exit_reason::shutdown);
        const auto is_its = [&](const down& d) { return d.ref == watch; };
        this_process::receive(when(is_its, [](const down&) {}));
    }

    void dispatch(command& c, batch& b) {
        const routing r = route(c);
        if (r.to != routing::where::unknown && subscriber_.listens() && !is_for_subscribers(c[0]))
            return b.answer(error("ERR Can't execute '" + lower(c[0]) +
                                  "': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET "
                                  "are allowed in this context"));
        switch (r.to) {
        case routing::where::unknown:
            closing_ = is_http(c); // a browser was talked into sending it: hear no more of it
            return b.answer(
                error(closing_ ? "ERR Protocol error: HTTP is not spoken here" : r.problem));
        case routing::where::connection:
            return here(c, b);
        case routing::where::one_key: {
            const std::size_t p = partition_of(c[1], partitions_);
            return b.ask(r.how, {{p, std::move(c)}});
        }
        case routing::where::each_key: {
            std::vector<std::pair<std::size_t, command>> parts;
            for (command& part : split(c)) {
                const std::size_t p = partition_of(part[1], partitions_);
                parts.emplace_back(p, std::move(part));
            }
            return b.ask(r.how, std::move(parts));
        }
        case routing::where::everywhere: {
            std::vector<std::pair<std::size_t, command>> parts;
            for (std::size_t p = 0; p < partitions_; ++p)
                parts.emplace_back(p, c);
            return b.ask(r.how, std::move(parts));
        }
        }
    }

    static bool is_for_subscribers(const std::string& name) {
        return name == "PING" || name == "QUIT" || name == "SUBSCRIBE" || name == "UNSUBSCRIBE";
    }

    /// The commands that need no key.
    void here(command& c, batch& b) {
        const std::string& name = c[0];
        if ((name == "PUBLISH" || name == "CRASH" || name == "INFO") && !b.empty())
            write(b.finish()); // what came before is done before
        if (name == "PING")
            b.answer(ping(c));
        else if (name == "ECHO")
            b.answer(bulk(c[1]));
        else if (name == "QUIT") {
            b.answer(simple("OK"));
            closing_ = true;
        } else if (name == "SELECT")
            b.answer(select_database(c));
        else if (name == "COMMAND")
            b.answer(describe_commands(c));
        else if (name == "CLIENT")
            b.answer(client(c));
        else if (name == "CONFIG")
            b.answer(configuration(c, around_.options));
        else if (name == "INFO")
            b.answer(bulk(about(c, around_)));
        else if (name == "PUBLISH")
            b.answer(publish_message(c));
        else if (name == "SUBSCRIBE")
            for (std::size_t i = 1; i < c.size(); ++i)
                b.answer(join_channel(c[i]));
        else if (name == "UNSUBSCRIBE")
            leave_channels(c, b);
        else if (name == "CRASH")
            b.answer(crash(c));
    }

    std::string ping(const command& c) const {
        if (c.size() > 2)
            return error(wrong_arguments("ping"));
        if (subscriber_.listens())
            return array({bulk("pong"), bulk(c.size() > 1 ? c[1] : "")});
        return c.size() > 1 ? bulk(c[1]) : simple("PONG");
    }
    static std::string select_database(const command& c) {
        if (!number(c[1]))
            return error("ERR value is not an integer or out of range");
        return c[1] == "0" ? simple("OK") : error("ERR DB index is out of range");
    }
    std::string client(const command& c) {
        const std::string what = lower(c[1]);
        const bool known = what == "id" || what == "getname" || what == "setname";
        if (!known)
            return error(unknown_subcommand(c));
        if (c.size() != (what == "setname" ? 3 : 2))
            return error(wrong_arguments("client|" + what));
        if (what == "id")
            return integer(
                static_cast<std::int64_t>(this_process::self().word() >> 6 & 0xffffffff));
        if (what == "getname")
            return name_.empty() ? nil() : bulk(name_);
        if (std::any_of(c[2].begin(), c[2].end(), [](char x) { return x < '!' || x > '~'; }))
            return error("ERR Client names cannot contain spaces, newlines or special characters.");
        name_ = c[2];
        return simple("OK");
    }
    /// One that pubsub never began with is published when it is back.
    static std::string publish_message(command& c) {
        const auto what =
            std::make_shared<const channel_message>(channel_message{c[1], bulk(c[1]) + bulk(c[2])});
        auto told = the_pubsub.try_call(publish{what}, infinity);
        for (int tries = 0; !told && told.error().untouched && tries < most_retries; ++tries) {
            this_process::sleep(retry_period);
            told = the_pubsub.try_call(publish{what}, infinity);
        }
        return told ? integer(*told) : error("ERR pubsub is being restarted: try again");
    }

    std::string crash(const command& c) const {
        const std::string what = lower(c[1]);
        if (what == "connection")
            throw std::runtime_error{"CRASH connection"};
        if (what == "store")
            return crash_a_store(c.size() > 2 ? c[2] : "0");
        if (what == "pubsub") {
            the_pubsub.cast(crash_pubsub{});
            return simple("OK");
        }
        if (what == "listener") {
            whereis(listener_name).send(crash_listener{});
            return simple("OK");
        }
        return error("ERR CRASH understands store [N], connection, pubsub and listener");
    }
    std::string crash_a_store(const std::string& which) const {
        const auto n = number(which);
        if (!n || *n < 0 || static_cast<std::size_t>(*n) >= partitions_)
            return error("ERR there is no store " + which + ", only 0 to " +
                         std::to_string(partitions_ - 1));
        const auto r = stores(which).try_call(crash_store{});
        return r || r.error().code == errc::exited
                   ? simple("OK")
                   : error("ERR store " + which + " is being restarted: try again");
    }

    // --- publish and subscribe ---

    std::string join_channel(const std::string& channel) {
        if (!reader_) // from now on messages come as well as bytes: another process reads the bytes
            reader_ = spawn_link(read_for, this_process::self(), ::dup(socket_.native_handle()));
        subscriber_.join(channel);
        return array({bulk("subscribe"), bulk(channel), integer(channel_count())});
    }
    void leave_channels(const command& c, batch& b) {
        std::vector<std::string> gone(c.begin() + 1, c.end());
        if (gone.empty())
            for (const auto& [channel, number] : subscriber_.channels())
                gone.push_back(channel);
        if (gone.empty())
            b.answer(array({bulk("unsubscribe"), nil(), integer(0)}));
        for (const std::string& channel : gone) {
            subscriber_.leave(channel);
            b.answer(array({bulk("unsubscribe"), bulk(channel), integer(channel_count())}));
        }
    }
    std::int64_t channel_count() const {
        return static_cast<std::int64_t>(subscriber_.channels().size());
    }
    void serve_subscribed() {
        this_process::receive(
            [&](received r) {
                if (r.bytes.empty())
                    closing_ = true;
                else
                    handle(r.bytes);
                reader_.send(go_on{});
            },
            [&](published p) { deliver(std::move(p)); },
            [&](down d) { subscriber_.pubsub_ended(d); });
    }
    /// Writes the message, and with it what waits behind it.
    void deliver(published first) {
        std::vector<published> all;
        std::size_t size = 0;
        for (std::optional<published> p{std::move(first)}; p;) {
            size += p->what->encoded.size() + backlog::overhead;
            all.push_back(std::move(*p));
            p = size < written_at_once ? this_process::receive<published>(0ms) : std::nullopt;
        }
        std::string bytes;
        for (const published& p : all)
            if (subscriber_.wants(p))
                append_message(bytes, p.what->encoded);
        write(bytes);
        for (const published& p : all)
            subscriber_.done_with(p);
    }
    /// A large one is written from where it lies, for its subscribers may be many.
    void append_message(std::string& bytes, const std::string& encoded) {
        bytes += array_header(3) + bulk("message");
        if (encoded.size() <= written_at_once) {
            bytes += encoded;
            return;
        }
        write(std::exchange(bytes, {}));
        write(encoded);
    }

    tcp::socket socket_;
    const surroundings& around_;
    std::size_t partitions_;
    std::string name_; // as the client calls itself
    std::array<char, 16 * 1024> buffer_;
    request_parser parser_;
    bool closing_ = false;
    subscriber subscriber_;
    pid reader_; // from the first SUBSCRIBE on
};

} // namespace

void serve_client::operator()(int descriptor,
                              const std::shared_ptr<const surroundings>& around) const {
    connection{descriptor, *around}.run();
}

} // namespace key_value
