// SPDX-License-Identifier: BSL-1.0
#include "connection.hpp"
#include "about.hpp"
#include "batch.hpp"
#include "listener.hpp"
#include "subscriber.hpp"
#include "transaction.hpp"
#include <array>
#include <boost/asio/ip/tcp.hpp>
#include <coppice/asio.hpp>
#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <unistd.h>

namespace key_value {

using namespace coppice;
using namespace std::chrono_literals;
namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

/// Bytes that the reader of a subscribed connection has read; empty: the client has disconnected.
struct received {
    std::string bytes;
};

/// Tells the reader to read again: so a client that sends but does not take its answers has to
/// wait.
struct go_on {};

constexpr auto write_timeout = 10s; // for a subscriber that reads nothing
constexpr auto close_timeout = 1s;  // for a client that still sends after the last answer
constexpr std::size_t written_at_once = 64 * 1024; // of published messages
constexpr std::size_t most_queued = 1024UL * 1024 * 1024;
constexpr const char* wrong_password =
    "WRONGPASS invalid username-password pair or user is disabled.";
constexpr auto retry_period = 5ms;
constexpr int most_retries = 400;

/// Reads for a connection that also receives published messages.
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

/// The commands behind a MULTI.
struct queued {
    std::vector<std::pair<command, routing>> commands;
    std::size_t size = 0; // of their words
    bool refused = false; // one of them was refused
};

class connection {
public:
    connection(int descriptor, const server_context& context)
        : socket_{this_process::io_executor()},
          context_{context},
          partitions_{context.options.partitions},
          watched_{partitions_} {
        socket_.assign(tcp::v4(), descriptor);
        boost::system::error_code ec;
        me_ = context.clients->add(this_process::self(), text_of(socket_.remote_endpoint(ec)),
                                   text_of(socket_.local_endpoint(ec)));
    }
    connection(const connection&) = delete;
    ~connection() { context_.clients->remove(*me_); }

    void run() {
        serve();
        watched_.give_back();
    }

private:
    static std::string text_of(const tcp::endpoint& e) {
        return e.address().to_string() + ':' + std::to_string(e.port());
    }

    void serve() {
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

    /// Runs all complete commands and writes the answers.
    void handle(std::string_view bytes) {
        parser_.feed(bytes);
        batch b{context_};
        std::uint64_t commands = 0;
        for (;;) {
            auto c = parser_.next();
            if (!c)
                break;
            ++commands;
            dispatch(*c, b);
            if (closing_)
                break;
        }
        count(commands, bytes.size());
        if (!parser_.error().empty()) {
            b.answer(error("ERR " + parser_.error()));
            closing_ = true;
        }
        if (!b.empty())
            write(b.finish());
    }

    /// Bytes that the system keeps for the client.
    int unsent() {
        int bytes = 0;
        ::ioctl(socket_.native_handle(), SIOCOUTQ, &bytes);
        return bytes;
    }

    /// A subscriber that reads slowly is served. The socket becomes writable only when a third of
    /// its buffer is free, so after the timeout the number of unsent bytes is compared.
    void write(std::string_view bytes) {
        boost::system::error_code ec;
        const auto limit = subscriber_.listens() ? write_timeout : time_limit{infinity};
        while (!bytes.empty() && !ec) {
            const int before = subscriber_.listens() ? unsent() : 0;
            bytes.remove_prefix(
                socket_.async_write_some(asio::buffer(bytes), use_process.until(limit)[ec]));
            if (ec == asio::error::timed_out && unsent() < before)
                ec.clear();
        }
        closing_ = closing_ || ec;
    }

    /// The client sees the end at once. Its bytes are read for a moment more: a socket that is
    /// closed with unread bytes discards the answer that was just written, which names the error.
    /// But not for longer, or a client that never stops sending would stay for ever.
    void hang_up() {
        stop_reader();
        boost::system::error_code ec;
        socket_.shutdown(tcp::socket::shutdown_send, ec);
        const auto end = this_process::now() + close_timeout;
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

    /// Only this process writes them, so a load and a store are enough.
    void count(std::uint64_t commands, std::size_t bytes) {
        constexpr auto relaxed = std::memory_order_relaxed;
        me_->commands.store(me_->commands.load(relaxed) + commands, relaxed);
        me_->bytes_in.store(me_->bytes_in.load(relaxed) + bytes, relaxed);
        me_->last_used.store(std::time(nullptr), relaxed);
    }

    void dispatch(command& c, batch& b) {
        const routing r = route(c);
        me_->last_command.store(r.what, std::memory_order_relaxed);
        if (r.to == routing::where::unknown) {
            closing_ = is_http(c); // a browser was tricked into sending it: close the connection
            return closing_ ? b.answer(error("ERR Protocol error: HTTP is not spoken here"))
                            : refuse(c, r.problem, b);
        }
        if (subscriber_.listens() && !is_for_subscribers(c[0]))
            return refuse(c,
                          "ERR Can't execute '" + lower(std::string{r.what->name}) +
                              "': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET "
                              "are allowed in this context",
                          b);
        if (queue_ && !is_about_transactions(c[0]))
            return queue(c, r, b);
        perform(c, r, b);
    }
    void perform(command& c, const routing& r, batch& b) {
        if (r.to == routing::where::connection)
            r.problem.empty() ? here(c, b) : b.answer(error(r.problem));
        else if (r.to == routing::where::one_key) {
            const std::size_t p = partition_of(c[1], partitions_);
            b.ask(r, p, std::move(c));
        } else
            b.ask(r, parts_of(r, c, partitions_));
    }

    static bool is_for_subscribers(const std::string& name) {
        return name == "PING" || name == "QUIT" || name == "RESET" || name == "SUBSCRIBE" ||
               name == "UNSUBSCRIBE" || name == "PSUBSCRIBE" || name == "PUNSUBSCRIBE";
    }
    /// Commands that must run after all commands before them are done.
    static bool looks_at_others(const std::string& name) {
        return name == "PUBLISH" || name == "CRASH" || name == "INFO" || name == "EXEC" ||
               name == "WATCH" || name == "CLIENT" || name == "PUBSUB" || name == "CONFIG";
    }

    /// The commands that need no key.
    void here(command& c, batch& b) {
        const std::string& name = c[0];
        if (looks_at_others(name) && !b.empty())
            write(b.finish());
        if (name == "SUBSCRIBE" || name == "PSUBSCRIBE")
            join_topics(name == "SUBSCRIBE" ? topic::channel : topic::pattern, c, b);
        else if (name == "UNSUBSCRIBE" || name == "PUNSUBSCRIBE")
            leave_topics(name == "UNSUBSCRIBE" ? topic::channel : topic::pattern, c, b);
        else if (name == "PING")
            b.answer(ping(c));
        else if (name == "ECHO")
            b.answer(bulk(c[1]));
        else if (name == "QUIT") {
            b.answer(simple("OK"));
            closing_ = true;
        } else if (name == "RESET")
            b.answer(reset());
        else if (name == "HELLO" || name == "AUTH")
            b.answer(name == "HELLO" ? hello(c) : authenticate(c));
        else if (is_about_transactions(name) || name == "UNWATCH")
            b.answer(about_transaction(c));
        else
            b.answer(about_server(c));
    }
    std::string about_server(command& c) {
        const std::string& name = c[0];
        if (name == "SELECT")
            return select_database(c);
        if (name == "COMMAND")
            return describe_commands(c);
        if (name == "CLIENT")
            return client_command(c, *me_, *context_.clients, closing_);
        if (name == "CONFIG")
            return configuration(c, context_);
        if (name == "INFO")
            return bulk(about(c, context_));
        if (name == "TIME")
            return time_now();
        if (name == "PUBLISH")
            return publish_message(c);
        if (name == "PUBSUB")
            return about_topics(c);
        return crash(c);
    }

    static std::string time_now() {
        const auto now = std::chrono::duration_cast<std::chrono::microseconds>(
                             std::chrono::system_clock::now().time_since_epoch())
                             .count();
        return array(
            {bulk(std::to_string(now / 1'000'000)), bulk(std::to_string(now % 1'000'000))});
    }

    // --- transactions ---

    static bool is_about_transactions(const std::string& name) {
        return name == "MULTI" || name == "EXEC" || name == "DISCARD" || name == "WATCH" ||
               name == "QUIT" || name == "RESET";
    }
    /// A command that cannot be queued: the next EXEC does nothing.
    void refuse(const command& c, const std::string& why, batch& b) {
        if (c[0] == "EXEC") { // a wrong one ends the transaction
            end_transaction();
            watched_.give_back();
            return b.answer(error("EXECABORT Transaction discarded because of: " + why.substr(4)));
        }
        if (queue_)
            queue_->refused = true;
        b.answer(error(why));
    }
    void queue(command& c, const routing& r, batch& b) {
        for (const std::string& word : c)
            queue_->size += word.size();
        if (queue_->size > most_queued)
            return refuse(c, "ERR the transaction is too large: more than 1 GB is queued", b);
        queue_->commands.emplace_back(std::move(c), r);
        me_->queued.store(static_cast<int>(queue_->commands.size()), std::memory_order_relaxed);
        b.answer(simple("QUEUED"));
    }
    void end_transaction() {
        queue_.reset();
        me_->queued.store(-1, std::memory_order_relaxed);
    }

    std::string about_transaction(const command& c) {
        const std::string& name = c[0];
        if (name == "WATCH")
            return watch(c);
        if (name == "UNWATCH") {
            watched_.give_back();
            return simple("OK");
        }
        if (name == "MULTI") {
            if (queue_)
                return error("ERR MULTI calls can not be nested");
            queue_.emplace();
            me_->queued.store(0, std::memory_order_relaxed);
            return simple("OK");
        }
        if (!queue_)
            return error("ERR " + name + " without MULTI");
        if (name == "EXEC")
            return execute();
        end_transaction();
        watched_.give_back();
        return simple("OK");
    }
    std::string watch(const command& c) {
        if (queue_)
            return error("ERR WATCH inside MULTI is not allowed");
        return watched_.add({c.begin() + 1, c.end()})
                   ? simple("OK")
                   : error("ERR the store does not come back; nothing was done");
    }
    std::string execute() {
        queued all = std::move(*queue_);
        end_transaction();
        if (all.refused) {
            watched_.give_back();
            return error("EXECABORT Transaction discarded because of previous errors.");
        }
        transaction t{partitions_, *context_.transactions};
        for (auto& [c, r] : all.commands)
            if (r.to != routing::where::connection)
                t.ask(r.how, parts_of(r, c, partitions_));
        t.check(watched_.all());
        auto done = t.run();
        watched_.give_back();
        if (done.what == transaction::outcome::kind::changed)
            return nil_array();
        if (done.what == transaction::outcome::kind::failed)
            return error(done.problem);
        std::string out = array_header(all.commands.size());
        auto next = done.answers.begin();
        for (auto& [c, r] : all.commands) {
            if (r.to != routing::where::connection) {
                out += *next++;
                continue;
            }
            batch ours{context_};
            perform(c, r, ours);
            out += ours.finish();
        }
        return out;
    }

    // --- the connection itself ---

    std::string reset() {
        end_transaction();
        watched_.give_back();
        batch unanswered{context_};
        leave_topics(topic::channel, {"UNSUBSCRIBE"}, unanswered);
        leave_topics(topic::pattern, {"PUNSUBSCRIBE"}, unanswered);
        me_->rename("");
        return simple("RESET");
    }
    static std::string authenticate(const command& c) {
        if (c.size() > 3)
            return error("ERR syntax error");
        if (c.size() == 3)
            return c[1] == "default" ? simple("OK") : error(wrong_password);
        return error("ERR AUTH <password> called without any password configured for the default "
                     "user. Are you sure your configuration is correct?");
    }
    std::string hello(const command& c) {
        if (c.size() > 1) {
            const auto version = number(c[1]);
            if (!version)
                return error("ERR Protocol version is not an integer or out of range");
            if (*version != 2)
                return error("NOPROTO unsupported protocol version");
        }
        for (std::size_t i = 2; i < c.size();) {
            const std::string option = upper(c[i]);
            if (option == "AUTH" && i + 2 < c.size()) {
                if (c[i + 1] != "default")
                    return error(wrong_password);
                i += 3;
            } else if (option == "SETNAME" && i + 1 < c.size()) {
                if (std::string refused = refuse_name(c[i + 1]); !refused.empty())
                    return refused;
                me_->rename(c[i + 1]);
                i += 2;
            } else
                return error("ERR Syntax error in HELLO option '" + c[i] + "'");
        }
        return array({bulk("server"), bulk("redis"), bulk("version"), bulk(spoken_version),
                      bulk("proto"), integer(2), bulk("id"), integer(me_->id), bulk("mode"),
                      bulk("standalone"), bulk("role"), bulk("master"), bulk("modules"),
                      array({})});
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
    /// A message that pubsub never began with is published after its restart.
    static std::string publish_message(command& c) {
        const auto what =
            std::make_shared<const channel_message>(channel_message{c[1], bulk(c[1]) + bulk(c[2])});
        auto told = the_pubsub.try_call(publish{what}, infinity);
        for (int tries = 0; !told && told.error().not_started && tries < most_retries; ++tries) {
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
        const auto r = stores(static_cast<std::size_t>(*n)).try_call(crash_store{});
        return r || r.error().code == errc::exited
                   ? simple("OK")
                   : error("ERR store " + which + " is being restarted: try again");
    }

    // --- publish and subscribe ---

    const subscriptions& topics(topic what) const {
        return what == topic::channel ? subscriber_.channels() : subscriber_.patterns();
    }
    /// The number of the client's subscriptions, which all four commands answer.
    std::int64_t count_topics_now() {
        me_->channels.store(subscriber_.channels().size(), std::memory_order_relaxed);
        me_->patterns.store(subscriber_.patterns().size(), std::memory_order_relaxed);
        return static_cast<std::int64_t>(subscriber_.channels().size() +
                                         subscriber_.patterns().size());
    }
    void join_topics(topic what, const command& c, batch& b) {
        if (!reader_) // from now on another process reads the bytes, since messages come as well
            reader_ = spawn_link(read_for, this_process::self(), ::dup(socket_.native_handle()));
        for (std::size_t i = 1; i < c.size(); ++i) {
            subscriber_.join(what, c[i]);
            b.answer(array({bulk(lower(c[0])), bulk(c[i]), integer(count_topics_now())}));
        }
    }
    void leave_topics(topic what, const command& c, batch& b) {
        std::vector<std::string> gone(c.begin() + 1, c.end());
        if (gone.empty())
            for (const auto& [name, number] : topics(what))
                gone.push_back(name);
        if (gone.empty())
            b.answer(array({bulk(lower(c[0])), nil(), integer(count_topics_now())}));
        for (const std::string& name : gone) {
            subscriber_.leave(what, name);
            b.answer(array({bulk(lower(c[0])), bulk(name), integer(count_topics_now())}));
        }
    }
    /// PUBSUB CHANNELS, NUMSUB and NUMPAT.
    static std::string about_topics(const command& c) {
        const std::string what = lower(c[1]);
        auto again = error("ERR pubsub is being restarted: try again");
        if (what == "numpat") {
            const auto counts = the_pubsub.try_call(count_topics{}, infinity);
            return counts ? integer(counts->patterns) : again;
        }
        std::vector<std::string> all;
        if (what == "numsub") {
            const std::vector<std::string> names(c.begin() + 2, c.end());
            const auto counts = the_pubsub.try_call(count_subscribers{names}, infinity);
            if (!counts)
                return again;
            for (std::size_t i = 0; i < names.size(); ++i) {
                all.push_back(bulk(names[i]));
                all.push_back(integer((*counts)[i]));
            }
            return array(all);
        }
        if (c.size() > 3)
            return error("ERR unknown subcommand or wrong number of arguments for '" + c[1] +
                         "'. Try PUBSUB HELP.");
        const auto found =
            the_pubsub.try_call(active_channels{c.size() > 2 ? c[2] : "*"}, infinity);
        if (!found)
            return again;
        for (const std::string& name : *found)
            all.push_back(bulk(name));
        return array(all);
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
    /// Writes the message, and the messages that wait behind it.
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
                append_message(bytes, p);
        write(bytes);
        for (const published& p : all)
            subscriber_.done_with(p);
    }
    /// A large message is written without a copy, for it may have many subscribers.
    void append_message(std::string& bytes, const published& p) {
        const std::string& encoded = p.what->encoded;
        bytes += p.by == topic::channel ? array_header(3) + bulk("message")
                                        : array_header(4) + bulk("pmessage") + bulk(p.pattern);
        if (encoded.size() <= written_at_once) {
            bytes += encoded;
            return;
        }
        write(std::exchange(bytes, {}));
        write(encoded);
    }

    tcp::socket socket_;
    const server_context& context_;
    std::size_t partitions_;
    std::shared_ptr<client_record> me_;
    std::array<char, 16 * 1024> buffer_;
    request_parser parser_;
    bool closing_ = false;
    subscriber subscriber_;
    pid reader_;                  // from the first SUBSCRIBE on
    std::optional<queued> queue_; // from MULTI to EXEC or DISCARD
    watched_keys watched_;
};

} // namespace

void serve_client::operator()(int descriptor,
                              const std::shared_ptr<const server_context>& context) const {
    connection{descriptor, *context}.run();
}

} // namespace key_value
