// SPDX-License-Identifier: BSL-1.0
#include "client_table.hpp"
#include <algorithm>
#include <set>

namespace key_value {

namespace {
constexpr auto relaxed = std::memory_order_relaxed;
const std::string syntax_error = error("ERR syntax error");
} // namespace

std::string client_record::name() const {
    const std::lock_guard hold{lock_};
    return name_;
}

void client_record::rename(std::string name) {
    const std::lock_guard hold{lock_};
    name_ = std::move(name);
}

std::shared_ptr<client_record> client_table::add(coppice::pid process,
                                                 std::string address,
                                                 std::string local_address) {
    auto r = std::make_shared<client_record>();
    r->process = process;
    r->address = std::move(address);
    r->local_address = std::move(local_address);
    r->since = std::time(nullptr);
    r->last_used.store(r->since, relaxed);
    const std::lock_guard hold{lock_};
    r->id = ++last_id_;
    ++gone_.connections;
    clients_.emplace(r->id, r);
    return r;
}

void client_table::remove(const client_record& r) {
    const std::lock_guard hold{lock_};
    gone_.commands += r.commands.load(relaxed);
    gone_.bytes_in += r.bytes_in.load(relaxed);
    clients_.erase(r.id);
}

std::vector<std::shared_ptr<client_record>> client_table::all() const {
    const std::lock_guard hold{lock_};
    std::vector<std::shared_ptr<client_record>> found;
    for (const auto& [id, r] : clients_)
        found.push_back(r);
    return found;
}

client_table::totals client_table::count() const {
    const std::lock_guard hold{lock_};
    totals t = gone_;
    for (const auto& [id, r] : clients_) {
        t.commands += r->commands.load(relaxed);
        t.bytes_in += r->bytes_in.load(relaxed);
    }
    return t;
}

void client_table::reset_totals() {
    const totals now = count();
    const std::lock_guard hold{lock_};
    gone_.connections = 0;
    gone_.commands -= now.commands; // wraps around, and back when the open connections are added
    gone_.bytes_in -= now.bytes_in;
}

std::string refuse_name(std::string_view name) {
    if (std::all_of(name.begin(), name.end(), [](char x) { return '!' <= x && x <= '~'; }))
        return {};
    return error("ERR Client names cannot contain spaces, newlines or special characters.");
}

namespace {

bool listens(const client_record& r) {
    return r.channels.load(relaxed) + r.patterns.load(relaxed) > 0;
}

/// A line of CLIENT LIST. Values that the server does not count are 0.
std::string line_of(const client_record& r) {
    const std::time_t now = std::time(nullptr);
    const description* last = r.last_command.load(relaxed);
    const int queued = r.queued.load(relaxed);
    const std::string flags = std::string{listens(r) ? "P" : ""} + (queued >= 0 ? "x" : "");
    std::string line;
    const auto add = [&](std::string_view field, const auto& value) {
        line += line.empty() ? "" : " ";
        line.append(field) += '=';
        if constexpr (std::is_arithmetic_v<std::remove_cvref_t<decltype(value)>>)
            line += std::to_string(value);
        else
            line += value;
    };
    add("id", r.id);
    add("addr", r.address);
    add("laddr", r.local_address);
    add("fd", 0);
    add("name", r.name());
    add("age", now - r.since);
    add("idle", now - r.last_used.load(relaxed));
    add("flags", flags.empty() ? "N" : flags);
    add("db", 0);
    add("sub", r.channels.load(relaxed));
    add("psub", r.patterns.load(relaxed));
    add("ssub", 0);
    add("multi", queued);
    for (const char* field : {"qbuf", "qbuf-free", "argv-mem", "multi-mem", "rbs", "rbp", "obl",
                              "oll", "omem", "tot-mem"})
        add(field, 0);
    add("events", "r");
    add("cmd", last ? lower(std::string{last->name}) : "NULL");
    add("user", "default");
    add("redir", -1);
    add("resp", 2);
    return line + '\n';
}

/// The word behind TYPE; nothing when it is none.
std::optional<bool> wants_listeners(const std::string& type, bool& none) {
    const std::string t = lower(type);
    none = t == "master" || t == "replica" || t == "slave";
    if (none || t == "normal")
        return false;
    return t == "pubsub" ? std::optional{true} : std::nullopt;
}

std::string unknown_type(const std::string& type) {
    return error("ERR Unknown client type '" + type + "'");
}

std::string list(const command& c, const client_table& all) {
    std::optional<bool> listeners;
    bool none = false;
    std::set<std::int64_t> ids;
    const std::string by = c.size() > 2 ? lower(c[2]) : "";
    if (by == "type" && c.size() == 4) {
        listeners = wants_listeners(c[3], none);
        if (!listeners)
            return unknown_type(c[3]);
    } else if (by == "id" && c.size() > 3) {
        for (std::size_t i = 3; i < c.size(); ++i) {
            const auto id = number(c[i]);
            if (!id)
                return error("ERR Invalid client ID");
            ids.insert(*id);
        }
    } else if (c.size() != 2)
        return syntax_error;
    std::string text;
    for (const auto& r : all.all())
        if (!none && (!listeners || listens(*r) == *listeners) &&
            (ids.empty() || ids.contains(r->id)))
            text += line_of(*r);
    return bulk(text);
}

/// The connections that CLIENT KILL selects.
struct kill_filter {
    std::optional<std::int64_t> id = {};
    std::optional<std::string> address = {}, local_address = {};
    std::optional<bool> listeners = {};
    bool none = false; // the server has no client of that type
    bool skip_me = true;

    bool fits(const client_record& r, const client_record& me) const {
        return !none && !(skip_me && &r == &me) && (!id || *id == r.id) &&
               (!address || *address == r.address) &&
               (!local_address || *local_address == r.local_address) &&
               (!listeners || *listeners == listens(r));
    }
};

/// Reads an option and its value. Returns an error as an answer; empty if there is none.
std::string read_option(kill_filter& f, const std::string& option, const std::string& value) {
    const std::string name = lower(option);
    if (name == "id") {
        f.id = number(value);
        if (!f.id || *f.id < 1)
            return error("ERR client-id should be greater than 0");
    } else if (name == "addr")
        f.address = value;
    else if (name == "laddr")
        f.local_address = value;
    else if (name == "type") {
        f.listeners = wants_listeners(value, f.none);
        if (!f.listeners)
            return unknown_type(value);
    } else if (name == "user") {
        if (value != "default")
            return error("ERR No such user '" + value + "'");
    } else if (name == "skipme" && (lower(value) == "yes" || lower(value) == "no"))
        f.skip_me = lower(value) == "yes";
    else
        return syntax_error;
    return {};
}

std::string kill(const command& c, const client_record& me, const client_table& all, bool& close) {
    kill_filter f;
    const bool old_form = c.size() == 3;
    if (old_form) {
        f.address = c[2];
        f.skip_me = false;
    }
    for (std::size_t i = 2; !old_form && i < c.size(); i += 2) {
        if (i + 1 == c.size())
            return syntax_error;
        if (std::string refused = read_option(f, c[i], c[i + 1]); !refused.empty())
            return refused;
    }
    std::int64_t count = 0;
    for (const auto& r : all.all()) {
        if (!f.fits(*r, me))
            continue;
        ++count;
        if (r.get() == &me)
            close = true;
        else
            r->process.exit(coppice::exit_reason::shutdown);
    }
    if (!old_form)
        return integer(count);
    return count > 0 ? simple("OK") : error("ERR No such client");
}

} // namespace

std::string client_command(const command& c, client_record& me, client_table& all, bool& close) {
    const std::string what = lower(c[1]);
    if (what == "id")
        return integer(me.id);
    if (what == "getname") {
        const std::string name = me.name();
        return name.empty() ? nil() : bulk(name);
    }
    if (what == "setname") {
        if (std::string refused = refuse_name(c[2]); !refused.empty())
            return refused;
        me.rename(c[2]);
        return simple("OK");
    }
    if (what ==
        "setinfo") // of Redis 7.2: client libraries send their names, and go on after an error
        return lower(c[2]) == "lib-name" || lower(c[2]) == "lib-ver"
                   ? simple("OK")
                   : error("ERR Unrecognized option '" + c[2] + "'");
    if (what == "info")
        return bulk(line_of(me));
    if (what == "kill")
        return kill(c, me, all, close);
    return list(c, all);
}

} // namespace key_value
