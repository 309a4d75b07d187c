// SPDX-License-Identifier: BSL-1.0
// Kind ex: Registry of Elixir. A registry is an object here; the process that Elixir has for it
// owns the object.
#include "ex_registry.hpp"
#include "messages.hpp"
#include <algorithm>
#include <coppice/gen_server.hpp>
#include <coppice/names.hpp>
#include <coppice/this_process.hpp>
#include <map>
#include <memory>
#include <mutex>

namespace conformance {

using namespace coppice;

namespace {

/// One of the two.
struct any_registry {
    std::unique_ptr<unique_keys> unique;
    std::unique_ptr<duplicate_keys> duplicate;
};

struct shared {
    std::mutex lock;
    std::map<std::string, std::shared_ptr<any_registry>> registries;
    std::map<pid, std::string> owners; // all that there were
};
shared& all() {
    static shared s;
    return s;
}

std::shared_ptr<any_registry> find(const std::string& name) {
    const std::lock_guard hold{all().lock};
    const auto found = all().registries.find(name);
    return found == all().registries.end() ? nullptr : found->second;
}

json::object argument_error() { return raised_error("argument_error"); }

/// What an operation does with the registry that it names.
template <class F>
step_result with_registry(const json::object& step, F f) {
    const auto found = find(text(step, "reg"));
    if (!found)
        return argument_error();
    return found->unique ? f(*found->unique) : f(*found->duplicate);
}

std::string key_of(const json::object& step) { return registry_key(step.at("key")); }

// --- as Elixir sorts ---

int rank(const json::value& v) {
    return v.is_number() ? 0 : v.is_null() ? 1 : v.is_array() ? 2 : 3;
}
bool before(const json::value& a, const json::value& b) {
    if (rank(a) != rank(b))
        return rank(a) < rank(b);
    if (a.is_number())
        return a.to_number<double>() < b.to_number<double>();
    if (a.is_array())
        return std::lexicographical_compare(a.as_array().begin(), a.as_array().end(),
                                            b.as_array().begin(), b.as_array().end(), before);
    return a.is_string() && a.as_string() < b.as_string();
}
json::object sorted(json::array all) {
    std::sort(all.begin(), all.end(), before);
    return value(std::move(all));
}

std::string name_in(const unique_keys::entry& e) { return tape().name_of(e.server); }

std::vector<unique_keys::entry> entries_of(unique_keys& r, const std::string& key) {
    const auto found = r.lookup(key);
    return found ? std::vector{*found} : std::vector<unique_keys::entry>{};
}
std::vector<unique_keys::entry> entries_of(duplicate_keys& r, const std::string& key) {
    return r.lookup(key);
}

/// In a pair or a message Elixir's nil is a word.
json::value term_of(const json::value& v) { return v.is_null() ? json::value("nil") : v; }

json::object pairs(const std::vector<unique_keys::entry>& entries) {
    json::array shown;
    for (const auto& e : entries)
        shown.push_back(json::array{json::value(name_in(e)), term_of(e.value)});
    return sorted(std::move(shown));
}

// --- the process of a registry ---

class registry_owner {
public:
    registry_owner(std::string name, const json::object& step) : name_{std::move(name)} {
        auto mine = std::make_shared<any_registry>();
        const auto* partitions = step.if_contains("partitions");
        const registry_options how{.partitions =
                                       partitions ? partitions->to_number<std::size_t>() : 0};
        if (text(step, "keys") == "unique") {
            mine->unique = std::make_unique<unique_keys>(name_, how);
            listen(*mine->unique, step);
        } else {
            mine->duplicate = std::make_unique<duplicate_keys>(name_, how);
            listen(*mine->duplicate, step);
        }
        const std::lock_guard hold{all().lock};
        all().registries[name_] = std::move(mine);
        all().owners[this_process::self()] = name_;
    }
    ~registry_owner() {
        std::shared_ptr<any_registry> mine; // goes without the lock
        const std::lock_guard hold{all().lock};
        mine.swap(all().registries[name_]);
        all().registries.erase(name_);
    }
    registry_owner(const registry_owner&) = delete;
    registry_owner& operator=(const registry_owner&) = delete;

private:
    template <class R>
    static void listen(R& r, const json::object& step) {
        if (const auto* listeners = step.if_contains("listeners"))
            for (const json::value& l : listeners->as_array())
                r.add_listener(whereis(std::string{l.as_string()}));
    }
    std::string name_;
};

step_result start(const json::object& step) {
    const std::string name = text(step, "name");
    if (find(name))
        return refused(json::object{{"already_started", name}});
    start_link<registry_owner>(name, step);
    return ok();
}

// --- operations ---

step_result register_key(const json::object& step) {
    return with_registry(step, [&](auto& r) -> step_result {
        const auto done =
            r.try_register_key(key_of(step), this_process::self(), value_or(step, "value", {}));
        return done ? ok() : refused(to_json(done.error().reason));
    });
}

step_result unregister_key(const json::object& step) {
    return with_registry(step, [&](auto& r) -> step_result {
        r.unregister_key(key_of(step));
        return ok();
    });
}

step_result lookup(const json::object& step) {
    return with_registry(
        step, [&](auto& r) -> step_result { return pairs(entries_of(r, key_of(step))); });
}

step_result keys(const json::object& step) {
    return with_registry(step, [&](auto& r) -> step_result {
        json::array shown;
        if (const auto of = tape().last(text(step, "of")))
            for (const std::string& k : r.keys(*of))
                shown.push_back(json::parse(k));
        return sorted(std::move(shown));
    });
}

step_result values(const json::object& step) {
    return with_registry(step, [&](auto& r) -> step_result {
        json::array shown;
        for (const auto& e : entries_of(r, key_of(step)))
            if (tape().last(text(step, "of")) == e.server)
                shown.push_back(e.value);
        return sorted(std::move(shown));
    });
}

step_result count(const json::object& step) {
    return with_registry(
        step, [&](auto& r) -> step_result { return value(static_cast<std::int64_t>(r.count())); });
}

json::value changed(const json::array& fun, const json::value& v) {
    const std::string what{fun.at(0).as_string()};
    if (what == "set")
        return fun.at(1);
    if (what == "add")
        return v.as_int64() + fun.at(1).as_int64();
    if (what == "exit")
        this_process::exit(reason_from(fun.at(1)));
    if (what == "error")
        throw raised{fun.at(1)};
    return v; // get
}

step_result update_value(const json::object& step) {
    const auto r = find(text(step, "reg"));
    if (!r || !r->unique)
        return argument_error();
    json::value old;
    const auto now = r->unique->try_update_value(key_of(step), [&](const json::value& v) {
        old = v;
        return changed(step.at("fun").as_array(), v);
    });
    if (!now)
        return json::object{{"result", "error"}};
    return value(json::array{*now, old});
}

/// The values that a step asks for.
struct pattern {
    json::value wanted;
    std::optional<double> above;

    explicit pattern(const json::object& step) : wanted(step.at("pattern")) {
        if (const auto* greater = step.if_contains("greater"))
            above = greater->to_number<double>();
    }
    bool operator()(const json::value& v) const {
        if (wanted == "_")
            return true;
        if (wanted == "$1") // in Erlang's order everything that is no number is above each number
            return !above || !v.is_number() || v.to_number<double>() > *above;
        return v == wanted;
    }
};

template <class R>
std::vector<unique_keys::entry> matching(R& r, const json::object& step) {
    const pattern fits{step};
    std::vector<unique_keys::entry> found = entries_of(r, key_of(step));
    std::erase_if(found, [&](const auto& e) { return !fits(e.value); });
    return found;
}

step_result match(const json::object& step) {
    return with_registry(step, [&](auto& r) -> step_result { return pairs(matching(r, step)); });
}

step_result count_match(const json::object& step) {
    return with_registry(step, [&](auto& r) -> step_result {
        return value(static_cast<std::int64_t>(matching(r, step).size()));
    });
}

step_result unregister_match(const json::object& step) {
    return with_registry(step, [&](auto& r) -> step_result {
        r.unregister_if(key_of(step), pattern{step});
        return ok();
    });
}

step_result select(const json::object& step) {
    return with_registry(step, [&](auto& r) -> step_result {
        json::array shown;
        for (const auto& e : r.select([](const auto&) { return true; }))
            shown.push_back(
                json::array{json::parse(e.key), json::value(tape().name_of(e.server)), e.value});
        return sorted(std::move(shown));
    });
}

/// A unique registry has no dispatch here: one looks up.
template <class F>
void dispatch_in(unique_keys& r, const std::string& key, F f) {
    if (const auto e = r.lookup(key))
        f(std::vector{*e});
}
template <class F>
void dispatch_in(duplicate_keys& r, const std::string& key, F f) {
    r.dispatch(key, f);
}

step_result dispatch(const json::object& step) {
    return with_registry(step, [&](auto& r) -> step_result {
        std::int64_t calls = 0;
        bool failed = false;
        dispatch_in(r, key_of(step), [&](auto entries) {
            ++calls;
            failed = step.contains("fail");
            if (!failed)
                for (const auto& e : entries)
                    e.server.send(note{tape().name_of(this_process::self()),
                                       json::array{step.at("msg"), term_of(e.value)}});
        });
        if (failed)
            return raised_error(step.at("fail"));
        return value(calls);
    });
}

/// What the registry says: Elixir's message has the value, too.
template <class R>
json::value value_of(R& r, const std::string& key, pid process) {
    json::value newest;
    for (const auto& e : entries_of(r, key))
        if (e.server == process)
            newest = e.value;
    return newest;
}

} // namespace

std::string registry_key(const json::value& key) { return json::serialize(key); }

unique_keys* unique_registry(const std::string& name) {
    const auto found = find(name);
    return found ? found->unique.get() : nullptr;
}

std::optional<std::string> registry_of_owner(pid process) {
    const std::lock_guard hold{all().lock};
    const auto found = all().owners.find(process);
    return found == all().owners.end() ? std::nullopt : std::optional{found->second};
}

std::vector<std::string> registries_of(pid process) {
    std::vector<std::string> names;
    const std::lock_guard hold{all().lock};
    for (const auto& [name, r] : all().registries)
        if (r->unique ? !r->unique->keys(process).empty() : !r->duplicate->keys(process).empty())
            names.push_back(name);
    return names;
}

std::optional<json::value> registry_notice(message& m) {
    if (const auto* n = m.get_if<key_registered<std::string>>()) {
        const auto r = find(n->registry);
        json::value v;
        if (r)
            v = r->unique ? value_of(*r->unique, n->key, n->process)
                          : value_of(*r->duplicate, n->key, n->process);
        return json::array{"register", n->registry, json::parse(n->key),
                           json::value(tape().name_of(n->process)), term_of(v)};
    }
    if (const auto* n = m.get_if<key_unregistered<std::string>>())
        return json::array{"unregister", n->registry, json::parse(n->key),
                           json::value(tape().name_of(n->process))};
    return {};
}

const ex_operations& registry_operations() {
    static const ex_operations operations{{"registry", &start},
                                          {"reg_register", &register_key},
                                          {"reg_unregister", &unregister_key},
                                          {"reg_lookup", &lookup},
                                          {"reg_keys", &keys},
                                          {"reg_values", &values},
                                          {"reg_count", &count},
                                          {"reg_update_value", &update_value},
                                          {"reg_match", &match},
                                          {"reg_count_match", &count_match},
                                          {"reg_unregister_match", &unregister_match},
                                          {"reg_select", &select},
                                          {"reg_dispatch", &dispatch}};
    return operations;
}

} // namespace conformance
