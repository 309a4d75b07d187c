// SPDX-License-Identifier: BSL-1.0
#include "worker.hpp"

#include "reason.hpp"
#include "recorder.hpp"
#include <coppice/process.hpp>
#include <coppice/receive.hpp>
#include <coppice/this_process.hpp>

namespace conformance {

using namespace coppice;

namespace {

/// The worker is ready.
struct acknowledged {
    pid worker;
};

start_result await_start(pid worker) {
    return this_process::receive(
        when([&](const acknowledged& a) { return a.worker == worker; },
             [](acknowledged a) { return start_result{a.worker}; }),
        when([&](const exit_signal& e) { return e.from == worker; },
             [](exit_signal e) { return start_result::failed(std::move(e.reason)); }));
}

message next_message() {
    const in_phase waiting{phase::main_loop};
    return this_process::receive([](message m) { return m; });
}

class worker {
public:
    worker(std::string path, json::object behaviour, pid supervisor)
        : path_{std::move(path)}, behaviour_{std::move(behaviour)}, supervisor_{supervisor} {}

    void run() {
        this_process::trap_exit(flag(behaviour_, "trap"));
        life_ = tape().begins(role::worker, path_, this_process::self());
        if (flag(behaviour_, "unlink"))
            this_process::unlink(supervisor_);
        supervisor_.send(acknowledged{this_process::self()});
        for (;;)
            handle(next_message());
    }

private:
    void handle(message m) {
        if (const auto* order = m.get_if<crash_order>()) {
            if (order->raise)
                throw raised{order->reason};
            this_process::exit(reason_from(order->reason));
        }
        if (const auto* e = m.get_if<exit_signal>()) {
            if (e->from == supervisor_)
                terminate(e->reason);
            else
                tell("trapped", e->reason);
        }
    }

    [[noreturn]] void terminate(const exit_reason& reason) {
        tell("terminating", reason);
        if (flag(behaviour_, "refuse")) {
            const in_phase refusing{phase::refusing};
            this_process::sleep(infinity);
        }
        if (const auto delay = milliseconds(behaviour_, "term_ms"))
            this_process::sleep(*delay);
        const json::value* other = behaviour_.if_contains("term_reason");
        this_process::exit(other ? reason_from(*other) : reason);
    }

    void tell(std::string_view what, const exit_reason& reason) const {
        tape().add({{"ev", what}, {"child", path_}, {"inc", life_}, {"reason", to_json(reason)}});
    }

    std::string path_;
    json::object behaviour_;
    pid supervisor_;
    unsigned life_ = 0;
};

} // namespace

start_result start_worker(const std::string& path, const json::object& behaviour) {
    return await_start(
        spawn_link([w = worker{path, behaviour, this_process::self()}]() mutable { w.run(); }));
}

start_result start_crashing_worker(const json::value& reason) {
    return await_start(spawn_link([why = reason_from(reason)] { this_process::exit(why); }));
}

} // namespace conformance
