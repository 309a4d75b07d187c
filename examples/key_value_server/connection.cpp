// SPDX-License-Identifier: BSL-1.0
#include "connection.hpp"
#include "commands.hpp"
#include "listener.hpp"
#include "pubsub.hpp"
#include "store.hpp"
#include "tree.hpp"
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <coppice/asio.hpp>
#include <coppice/log.hpp>
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

std::string lower(std::string s) {
    for (char& c : s)
        c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return s;
}

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
    }
}

/// The answers to the commands that were read at once, in their order, while some of them still
/// wait for a partition.
class batch {
public:
    explicit batch(std::size_t partitions) : work_(partitions) {}

    void answer(std::string encoded) {
        answers_.push_back({{}, routing::join::single, std::move(encoded)});
    }
    void ask(routing::join how, std::vector<std::pair<std::size_t, command>> parts) {
        pending_answer a{{}, how, {}};
        for (auto& [partition, c] : parts) {
            a.parts.emplace_back(partition, work_[partition].size());
            work_[partition].push_back(std::move(c));
        }
        answers_.push_back(std::move(a));
    }
    bool empty() const { return answers_.empty(); }

    /// Asks the partitions, all at once, and puts their answers where they belong.
    std::string finish() {
        std::vector<asked> questions;
        for (std::size_t i = 0; i < work_.size(); ++i)
            if (!work_[i].empty())
                questions.push_back(
                    {i, std::make_shared<const std::vector<command>>(std::move(work_[i]))});
        std::vector<std::vector<std::string>> results(work_.size());
        if (questions.size() == 1) // nothing to do beside it
            results[questions[0].partition] = settle(questions[0], ask_now(questions[0]));
        else {
            std::vector<pending<std::vector<std::string>>> waiting;
            waiting.reserve(questions.size());
            for (const asked& q : questions)
                waiting.push_back(q.to().send_request(run_commands{q.what}));
            for (std::size_t i = 0; i < questions.size(); ++i)
                results[questions[i].partition] = settle(questions[i], waiting[i].try_get());
        }
        std::string out;
        for (auto& a : answers_) {
            if (a.parts.empty()) {
                out += a.encoded;
                continue;
            }
            std::vector<std::string> parts;
            for (const auto& [partition, index] : a.parts)
                parts.push_back(std::move(results[partition][index]));
            out += combine(a.how, parts);
        }
        return out;
    }

private:
    struct pending_answer {
        std::vector<std::pair<std::size_t, std::size_t>> parts; // partition, place in its request
        routing::join how;
        std::string encoded;
    };
    struct asked {
        std::size_t partition;
        std::shared_ptr<const std::vector<command>> what;
        via<store> to() const { return stores(std::to_string(partition)); }
    };
    static result<std::vector<std::string>> ask_now(const asked& q) {
        return q.to().try_call(run_commands{q.what});
    }
    /// A store that went down before it began is asked again when it is back: its clients notice
    /// nothing but a pause. One that went down in between may have done it or not.
    static std::vector<std::string> settle(const asked& q, result<std::vector<std::string>> r) {
        for (int tries = 0; !r && r.error().untouched && tries < 400; ++tries) {
            this_process::sleep(5ms);
            r = ask_now(q);
        }
        if (r)
            return std::move(*r);
        const std::string why =
            r.error().untouched ? "ERR the store does not come back; nothing was done"
                                : "ERR the store failed; it is unknown whether this was done: " +
                                      r.error().reason.text();
        return std::vector<std::string>(q.what->size(), error(why));
    }

    std::vector<std::vector<command>> work_; // for each partition
    std::vector<pending_answer> answers_;
};

class connection {
public:
    connection(int descriptor, std::size_t partitions)
        : socket_{this_process::io_executor()}, partitions_{partitions} {
        socket_.assign(tcp::v4(), descriptor);
    }

    void run() {
        char buffer[16 * 1024];
        while (!closing_) {
            if (!channels_.empty() || reader_) {
                serve_subscribed();
                continue;
            }
            boost::system::error_code ec;
            const std::size_t n = socket_.async_read_some(asio::buffer(buffer), use_process[ec]);
            if (ec)
                return;
            handle({buffer, n});
        }
    }

private:
    /// Does all the commands that are complete and writes the answers.
    void handle(std::string_view bytes) {
        parser_.feed(bytes);
        batch b{partitions_};
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

    void write(const std::string& bytes) {
        boost::system::error_code ec;
        asio::async_write(socket_, asio::buffer(bytes), use_process[ec]);
        closing_ = closing_ || ec;
    }

    void dispatch(command& c, batch& b) {
        const routing r = route(c);
        switch (r.to) {
        case routing::where::unknown:
            return b.answer(error(r.problem));
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

    /// The commands that need no key.
    void here(command& c, batch& b) {
        const std::string& name = c[0];
        if (name == "PING")
            b.answer(c.size() > 1 ? bulk(c[1]) : simple("PONG"));
        else if (name == "ECHO")
            b.answer(bulk(c[1]));
        else if (name == "QUIT") {
            b.answer(simple("OK"));
            closing_ = true;
        } else if (name == "SELECT")
            b.answer(c[1] == "0" ? simple("OK") : error("ERR DB index is out of range"));
        else if (name == "COMMAND")
            b.answer(c.size() > 1 && lower(c[1]) != "info" ? array({}) : describe_commands());
        else if (name == "CLIENT")
            b.answer(client(c));
        else if (name == "CONFIG")
            b.answer(config(c));
        else if (name == "INFO")
            b.answer(bulk(c.size() > 1 && lower(c[1]) == "tree" ? draw_tree() : about()));
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

    static std::string client(const command& c) {
        const std::string what = lower(c[1]);
        if (what == "setname" || what == "setinfo" || what == "no-evict" || what == "reply")
            return simple("OK");
        if (what == "getname")
            return bulk("");
        if (what == "id")
            return integer(
                static_cast<std::int64_t>(this_process::self().word() >> 6 & 0xffffffff));
        return error("ERR CLIENT understands SETNAME, GETNAME and ID");
    }
    static std::string config(const command& c) {
        if (lower(c[1]) != "get" || c.size() < 3)
            return error("ERR CONFIG understands GET only");
        const std::string what = lower(c[2]);
        if (what == "save" || what == "appendonly")
            return array({bulk(what), bulk(what == "save" ? "" : "yes")});
        return array({});
    }
    std::string about() const {
        const auto counts = dynamic_supervisor::try_count_children(the_connections);
        return "# Server\r\nserver:coppice key_value_server\r\npartitions:" +
               std::to_string(partitions_) +
               "\r\n# Clients\r\nconnected_clients:" + std::to_string(counts ? counts->active : 0) +
               "\r\n# Tree\r\nsee:INFO tree\r\n";
    }
    static std::string publish_message(command& c) {
        const auto told = the_pubsub.try_call(publish{{std::move(c[1]), std::move(c[2])}});
        return told ? integer(*told) : error("ERR pubsub is being restarted: try again");
    }

    static std::string crash(const command& c) {
        const std::string what = lower(c[1]);
        if (what == "connection")
            throw std::runtime_error{"CRASH connection"};
        if (what == "store") {
            const auto number = c.size() > 2 ? c[2] : std::string{"0"};
            const auto r = stores(number).try_call(crash_store{});
            return r || r.error().code == errc::exited ? simple("OK")
                                                       : error("ERR no store " + number);
        }
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

    // --- publish and subscribe ---

    std::string join_channel(const std::string& channel) {
        channels_.insert(channel);
        if (!reader_) // from now on messages come as well as bytes: another process reads the bytes
            reader_ = spawn_link(read_for, this_process::self(), ::dup(socket_.native_handle()));
        subscribe_at_pubsub(channel);
        return array({bulk("subscribe"), bulk(channel),
                      integer(static_cast<std::int64_t>(channels_.size()))});
    }
    void leave_channels(const command& c, batch& b) {
        std::vector<std::string> gone(c.begin() + 1, c.end());
        if (gone.empty())
            gone.assign(channels_.begin(), channels_.end());
        if (gone.empty())
            b.answer(array({bulk("unsubscribe"), nil(), integer(0)}));
        for (const std::string& channel : gone) {
            channels_.erase(channel);
            (void)the_pubsub.try_call(unsubscribe{channel, this_process::self()});
            b.answer(array({bulk("unsubscribe"), bulk(channel),
                            integer(static_cast<std::int64_t>(channels_.size()))}));
        }
    }
    /// Waits for pubsub if it is being restarted, and hears when it crashes.
    void subscribe_at_pubsub(const std::string& channel) {
        for (int tries = 0; tries < 100; ++tries) {
            const auto server = the_pubsub.whereis();
            if (server.try_call(subscribe{channel, this_process::self()})) {
                if (server.process() != pubsub_) {
                    pubsub_ = server.process();
                    watch_ = this_process::monitor(pubsub_);
                }
                return;
            }
            this_process::sleep(10ms);
        }
        throw std::runtime_error{"pubsub does not come back"};
    }
    void serve_subscribed() {
        this_process::receive(
            [&](received r) {
                if (r.bytes.empty())
                    closing_ = true;
                else
                    handle(r.bytes);
            },
            [&](published p) {
                write(array({bulk("message"), bulk(p.channel), bulk(p.text)}));
            },
            [&](down d) {
                if (d.ref == watch_)
                    for (const std::string& channel : channels_)
                        subscribe_at_pubsub(channel);
            });
    }

    tcp::socket socket_;
    std::size_t partitions_;
    request_parser parser_;
    bool closing_ = false;
    std::set<std::string> channels_;
    pid reader_;
    pid pubsub_;
    monitor_ref watch_;
};

} // namespace

void serve(int descriptor, std::size_t partitions) { connection{descriptor, partitions}.run(); }

} // namespace key_value
