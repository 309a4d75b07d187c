// SPDX-License-Identifier: BSL-1.0
// Kind proc: processes that execute operations; links, monitors, exit signals, names.
#include "ex_registry.hpp"
#include "ex_task.hpp"
#include "kinds.hpp"
#include "messages.hpp"
#include <algorithm>
#include <coppice/names.hpp>
#include <coppice/process.hpp>
#include <coppice/process_info.hpp>
#include <coppice/receive.hpp>
#include <coppice/this_process.hpp>
#include <unordered_map>

namespace conformance {

using namespace coppice;
using namespace std::chrono_literals;

namespace {

struct client_is_up {
    pid process;
};

enum class bond : std::uint8_t { none, link, monitor };

spawned spawn_client(const json::object& step, bond with_us);

/// A process that does what the driver tells it, and reports what reaches it.
class client {
public:
    client(std::string name, bool traps) : name_{std::move(name)}, traps_{traps} {}

    void run(pid starter) {
        this_process::trap_exit(traps_);
        tape().begins(role::client, name_, this_process::self());
        starter.send(client_is_up{this_process::self()});
        for (;;)
            handle(next_message());
    }

private:
    using handler = step_result (client::*)(const json::object& step);
    struct nothing {};

    static message next_message() {
        const in_phase waiting{phase::main_loop};
        return this_process::receive([](message m) { return m; });
    }

    void handle(message m) {
        if (auto* o = m.get_if<operation>())
            execute(*o);
        else if (auto* in_a_row = m.get_if<operations_in_a_row>())
            for (const operation& each : in_a_row->all) {
                execute(each);
                this_process::receive<nothing>(
                    0ms); // OTP's client receives each, and may be ended there
            }
        else if (auto* e = m.get_if<exit_signal>())
            tell({{"ev", "exit_msg"},
                  {"from", tape().name_of(e->from)},
                  {"reason", to_json(e->reason)}});
        else if (auto* d = m.get_if<down>())
            tell_down(*d);
        else if (auto* n = m.get_if<note>())
            tell({{"ev", "msg"}, {"from", n->from}, {"msg", std::move(n->what)}});
        else if (auto event = handler_exit_event(m))
            tell(std::move(*event));
        else if (auto change = group_notice(m))
            tell(std::move(*change));
        else if (auto told = registry_notice(m))
            tell({{"ev", "msg"}, {"from", "?"}, {"msg", std::move(*told)}});
        else if (m.get_if<info_request>()) // no server: what OTP delivers is the bare tuple
            tell({{"ev", "msg"}, {"from", "?"}, {"msg", json::object{{"req", "map"}}}});
        else
            tell({{"ev", "msg"}, {"from", "?"}, {"msg", m.type()}});
    }

    void execute(const operation& o) {
        step_result result;
        if (const auto h = handlers.find(o.what); h != handlers.end())
            result = (this->*h->second)(o.step);
        else if (!server_operation(o.what, o.step, result) &&
                 !event_operation(o.what, o.step, result) &&
                 !group_operation(o.what, o.step, result) &&
                 !elixir_operation(o.what, o.step, result))
            throw std::runtime_error{"no such operation: " + o.what};
        if (result)
            tell({{"ev", "op"}, {"op", o.what}, {"res", std::move(*result)}});
    }

    void tell(json::object event) {
        event["at"] = name_;
        tape().add(std::move(event));
    }

    void tell_down(const down& d) {
        const auto named = watched_names_.find(d.ref);
        const auto label = labels_.find(d.ref);
        tell({{"ev", "down"},
              {"from",
               named == watched_names_.end() ? tape().name_of(d.process) : named->second.name},
              {"ref", label == labels_.end() ? json::value{} : json::value(label->second)},
              {"reason", to_json(d.reason)}});
        if (named != watched_names_.end())
            watched_names_.erase(named);
    }

    // --- operations: each returns what OTP's function returns or raises ---

    static bool is_name(std::string_view to) { return to.starts_with('@'); }
    static json::object badarg() { return raised_error("badarg"); }

    // The target of an operation that catches what goes wrong.
    template <class F>
    static step_result with_target(const std::string& to, F f) {
        const auto found = tape().last(to);
        if (!found)
            return exited("unknown_target");
        return f(*found);
    }
    // The target of one that does not.
    static pid target(const std::string& to) {
        if (is_name(to)) // these functions take pids only
            throw raised{"badarg"};
        const auto found = tape().last(to);
        if (!found)
            this_process::exit(exit_reason{"unknown_target"});
        return *found;
    }

    step_result link(const json::object& step) {
        if (is_name(text(step, "to")))
            return badarg();
        return with_target(text(step, "to"), [](pid to) -> step_result {
            try {
                this_process::link(to);
            } catch (const call_error& e) {
                return raised_error(to_json(e.reason()));
            }
            return ok();
        });
    }

    step_result unlink(const json::object& step) {
        if (is_name(text(step, "to")))
            return badarg();
        return with_target(text(step, "to"), [](pid to) -> step_result {
            this_process::unlink(to);
            return ok();
        });
    }

    void remember(const json::object& step, monitor_ref ref) {
        labels_[ref] = text(step, "ref");
        refs_[text(step, "ref")] = ref;
    }

    step_result monitor(const json::object& step) {
        const std::string to = text(step, "to");
        if (is_name(to)) {
            const std::string name = to.substr(1);
            const pid registered = whereis(name);
            const monitor_ref ref = this_process::monitor(name);
            watched_names_[ref] = {name, registered};
            remember(step, ref);
            return {};
        }
        return with_target(to, [&](pid process) -> step_result {
            remember(step, this_process::monitor(process));
            return {};
        });
    }

    step_result demonitor(const json::object& step) {
        const auto ref = refs_.find(text(step, "ref"));
        if (ref == refs_.end())
            return badarg();
        const bool removed = this_process::demonitor(
            ref->second, flag(step, "flush") ? this_process::flush::yes : this_process::flush::no);
        if (removed)
            watched_names_.erase(ref->second);
        if (flag(step, "info") && !removed)
            return json::object{{"result", false}};
        return ok();
    }

    step_result spawn_link(const json::object& step) {
        spawn_client(step, bond::link);
        return {};
    }

    step_result spawn_monitor(const json::object& step) {
        remember(step, spawn_client(step, bond::monitor).monitor);
        return {};
    }

    step_result trap(const json::object& step) {
        this_process::trap_exit(flag(step, "on"));
        return {};
    }

    step_result exit(const json::object& step) { this_process::exit(reason_from(step, "reason")); }
    step_result error(const json::object& step) { throw raised{step.at("reason")}; }
    step_result throw_value(const json::object& step) {
        throw raised{json::object{{"nocatch", step.at("reason")}}};
    }
    step_result leave(const json::object&) { this_process::exit(exit_reason::normal); }

    step_result send_exit(const json::object& step) {
        const std::string to = text(step, "to");
        if (is_name(to))
            throw raised{json::object{{"case_clause", to.substr(1)}}};
        const auto signal = [&](pid process) -> step_result {
            process.exit(reason_from(step, "reason"));
            return {};
        };
        return flag(step, "caught") ? with_target(to, signal) : signal(target(to));
    }

    step_result send(const json::object& step) {
        const std::string to = text(step, "to");
        note n{name_, step.at("msg")};
        if (is_name(to)) {
            const pid registered = whereis(std::string_view{to}.substr(1));
            if (!registered)
                return badarg();
            registered.send(std::move(n));
            return {};
        }
        return with_target(to, [&](pid process) -> step_result {
            process.send(std::move(n));
            return {};
        });
    }

    step_result register_as(const json::object& step) {
        const auto name_it = [&](pid process) -> step_result {
            return register_name(text(step, "as"), process) ? ok() : badarg();
        };
        return step.contains("pid") ? with_target(text(step, "pid"), name_it)
                                    : name_it(this_process::self());
    }

    step_result unregister(const json::object& step) {
        return unregister_name(text(step, "as")) ? ok() : badarg();
    }

    step_result whereis_name(const json::object& step) {
        const pid registered = whereis(text(step, "as"));
        return value(registered ? json::value(tape().name_of(registered)) : nullptr);
    }

    step_result links(const json::object&) {
        std::vector<std::string> names;
        for (const pid other : this_process::info().links)
            names.push_back(registry_of_owner(other).value_or(tape().name_of(other)));
        for (std::string& r : registries_of(this_process::self()))
            names.push_back(std::move(r));
        std::sort(names.begin(), names.end());
        return value(json::value_from(names));
    }

    // A monitor on a name is shown as the name, not as its registered.
    step_result monitors(const json::object&) {
        std::vector<std::string> names;
        for (const pid other : this_process::info().monitors)
            names.push_back(tape().name_of(other));
        for (const auto& [ref, watched] : watched_names_) {
            const auto as_process =
                std::find(names.begin(), names.end(), tape().name_of(watched.registered));
            if (as_process != names.end())
                *as_process = watched.name;
        }
        for (std::string& task : monitored_tasks())
            names.push_back(std::move(task));
        std::sort(names.begin(), names.end());
        return value(json::value_from(names));
    }

    step_result is_alive(const json::object& step) {
        return value(target(text(step, "to")).alive());
    }

    static const std::unordered_map<std::string, handler> handlers;

    struct watched_name {
        std::string name;
        pid registered;
    };

    std::string name_;
    bool traps_;
    std::map<monitor_ref, std::string> labels_;
    std::map<std::string, monitor_ref> refs_; // by label
    std::map<monitor_ref, watched_name> watched_names_;
};

const std::unordered_map<std::string, client::handler> client::handlers{
    {"link", &client::link},
    {"unlink", &client::unlink},
    {"monitor", &client::monitor},
    {"demonitor", &client::demonitor},
    {"spawn_link", &client::spawn_link},
    {"spawn_monitor", &client::spawn_monitor},
    {"trap", &client::trap},
    {"exit", &client::exit},
    {"error", &client::error},
    {"throw", &client::throw_value},
    {"return", &client::leave},
    {"send_exit", &client::send_exit},
    {"send", &client::send},
    {"register", &client::register_as},
    {"unregister", &client::unregister},
    {"whereis", &client::whereis_name},
    {"links", &client::links},
    {"monitors", &client::monitors},
    {"is_alive", &client::is_alive}};

// Starts a client and waits until it is known by its name.
spawned spawn_client(const json::object& step, bond with_us) {
    const auto body = [c = client{text(step, "name"), flag(step, "trap")},
                       starter = this_process::self()]() mutable { c.run(starter); };
    spawned s;
    switch (with_us) {
    case bond::none:
        s.process = spawn(body);
        break;
    case bond::link:
        s.process = coppice::spawn_link(body);
        break;
    case bond::monitor:
        s = coppice::spawn_monitor(body);
        break;
    }
    this_process::receive(
        when([&](const client_is_up& up) { return up.process == s.process; }, [](client_is_up) {}));
    return s;
}

template <class What>
step_result tell_client(const std::string& name, What what) {
    const auto found = tape().last(name);
    if (!found || !found->alive())
        return noproc();
    found->send(std::move(what));
    return {};
}

std::string acting_process(const json::object& step) {
    return text(step, step.contains("who") ? "who" : "from");
}

} // namespace

step_result client_step(const json::object& step) {
    const std::string what = text(step, "do");
    if (what == "spawn" || what == "client") {
        spawn_client(step, bond::none);
        return {};
    }
    if (what != "seq")
        return tell_client(acting_process(step), operation{what, step});
    operations_in_a_row ops;
    for (const auto& o : step.at("ops").as_array())
        ops.all.push_back({text(o.as_object(), "do"), o.as_object()});
    tell_client(text(step, "who"), std::move(ops));
    return {};
}

} // namespace conformance
