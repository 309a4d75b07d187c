// SPDX-License-Identifier: BSL-1.0
#include "process/envelope_tables.hpp"
#include "process/process_extras.hpp"
#include "signals/debugging.hpp"
#include "signals/reply.hpp"
#include <coppice/detail/server.hpp>

// Stop, suspend and resume: in order with messages.
namespace coppice::detail {
namespace {

struct stop_request final : request {
    explicit stop_request(exit_reason r) noexcept : request{operations}, reason{std::move(r)} {
        destroy = [](request* q) noexcept { dispose(static_cast<stop_request*>(q)); };
    }
    exit_reason reason;

    static void handle(envelope* n, void* server) {
        auto& p = *static_cast<process*>(server);
        auto* self = static_cast<stop_request*>(n);
        process_extras& x = extras_of(p);
        self->next = std::exchange(x.stoppers, self);
        x.stop_reason = self->reason;
        p.after |= after_flag::stop;
        if (p.raw) // it has no terminate: the stop is an exit
            set_exit_pending(p, self->reason);
    }
    static constexpr envelope_ops operations = system_request("stop", &handle);
};

template <bool Suspend>
struct suspend_request final : request {
    suspend_request() noexcept : request{operations} {
        destroy = [](request* q) noexcept { dispose(static_cast<suspend_request*>(q)); };
    }
    static void handle(envelope* n, void* server) {
        auto& p = *static_cast<process*>(server);
        auto* self = static_cast<suspend_request*>(n);
        if (!answers_sys(p))
            return answer_failed(self, does_not_answer_sys(p));
        p.suspended = Suspend;
        // What waited goes before what came later. In a function process it stayed where it was.
        if (!Suspend && !p.raw) {
            envelope* rest = p.mail.take_all();
            for (envelope* m : unpark(p))
                append(p, m);
            while (rest) {
                envelope* next = rest->next;
                append(p, rest);
                rest = next;
            }
        }
        self->result = request::outcome::value;
        deliver(self);
    }
    static constexpr envelope_ops operations =
        Suspend ? system_request("suspend", &handle) : system_request("resume", &handle);
};

result<void> ask(pid server, request* r, time_limit timeout, const exit_reason* expected) {
    if (!call_and_wait(server, r, timeout))
        return failure{.code = errc::timeout,
                       .reason = exit_reason::timeout,
                       .detail = server.text() + " did not do it in time"};
    if (r->result == request::outcome::value ||
        (expected && r->why->code == errc::exited && r->why->reason == *expected)) {
        release(r);
        return {};
    }
    failure why = *r->why;
    release(r);
    return why;
}

} // namespace

result<void> stop_server(pid server, const exit_reason& reason, time_limit timeout) {
    return ask(server, make_envelope<stop_request>(reason), timeout, &reason);
}
result<void> suspend_server(pid server, time_limit timeout) {
    return ask(server, make_envelope<suspend_request<true>>(), timeout, nullptr);
}
result<void> resume_server(pid server, time_limit timeout) {
    return ask(server, make_envelope<suspend_request<false>>(), timeout, nullptr);
}

} // namespace coppice::detail
