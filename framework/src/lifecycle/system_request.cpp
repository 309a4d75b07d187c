// SPDX-License-Identifier: BSL-1.0
#include "process/process_extras.hpp"
#include "scheduler/runtime_state.hpp"
#include "signals/debugging.hpp"
#include "signals/reply.hpp"
#include "signals/suspension.hpp"
#include <algorithm>
#include <coppice/detail/contained.hpp>
#include <coppice/names.hpp>
#include <stdexcept>

namespace coppice::detail {
namespace {

/// Sends `r` and waits. Nothing: it is answered, and ours to release.
std::optional<failure> ask(pid process, request* r, time_limit timeout) {
    if (!call_and_wait(process, r, timeout))
        return failure{.code = errc::timeout,
                       .reason = exit_reason::timeout,
                       .detail = process.text() + " did not answer in time"};
    if (r->result == request::outcome::value)
        return std::nullopt;
    failure why = std::move(*r->why);
    release(r);
    return why;
}

/// Runs `f` in the process for `r`: if that ends the process, its end answers `r`.
template <class F>
contained run_for(process& p, request* r, F f) {
    rare_extras& x = rare_of(p);
    struct running {
        bool& flag;
        explicit running(bool& g) noexcept : flag{g} { flag = true; }
        ~running() { flag = false; }
        running(const running&) = delete;
        running& operator=(const running&) = delete;
    } const now{x.runs_system_code};
    p.current = r;
    return contain([](void* context) { (*static_cast<F*>(context))(); }, &f);
}

/// The server is not told of it, so the object of another binary has to be of the same layout.
bool is_same_class(const server_type& a, const server_type& b) noexcept {
    return &a == &b || (a.name == b.name && a.size == b.size && a.align == b.align);
}

bool has_state(const process& p, const state_type& wanted) noexcept {
    if (!p.raw)
        return is_same_class(*p.server, *wanted.server);
    return is_same_type(rare_if_any(p)->part->key, wanted.key);
}

/// Why a function for such a state cannot run.
std::optional<failure> refuses(const process& p, const state_type* wanted) {
    if (!answers_sys(p))
        return does_not_answer_sys(p);
    if (!wanted || has_state(p, *wanted))
        return std::nullopt;
    return failure{.code = errc::bad_name_type,
                   .reason = exit_reason{"bad_name_type"},
                   .detail = p.self().text() + " has another state than " +
                             std::string{wanted->key->name},
                   .not_started = true};
}

failure callback_failed(const process& p, const contained& end) {
    const std::string reason =
        end.how == contained::end::ignored ? std::string{"ignore"} : end.reason.text();
    return {.code = errc::callback_failed,
            .reason = exit_reason::tagged("callback_failed", end.reason),
            .detail = "the function failed in " + p.self().text() + ": " + reason};
}

void answer(request* r) noexcept {
    r->result = request::outcome::value;
    deliver(r);
}

// --- status ---

struct status_request final : request {
    status_request() noexcept : request{operations} {
        destroy = [](request* q) noexcept { dispose(static_cast<status_request*>(q)); };
    }
    sys::status seen;

    static void handle(envelope* n, void* process);
    static constexpr envelope_ops operations = system_function("sys::get_status", &handle);
};

std::string formatted_state(const process& p) {
    if (!p.raw)
        return p.server->format_status ? p.server->format_status(p.state) : std::string{};
    const system_part& part = *rare_if_any(p)->part;
    return part.format ? part.format(part.state) : std::string{};
}

/// What is known without code of users.
void look_at(const process& p, sys::status& s) {
    s.process = p.self();
    s.name = registered_name(s.process);
    s.parent = p.parent;
    s.behaviour = p.raw ? std::string_view{"function"} : p.server->behaviour;
    s.type = p.raw ? p.raw->name : p.server->name;
    s.suspended = p.suspended;
    s.waiting = p.mail.size();
    const rare_extras* const x = rare_if_any(p);
    if (!x)
        return;
    s.waiting += x->parked.size();
    if (!x->label.empty())
        s.type = x->label;
    if (x->debug) {
        s.log = x->debug->log.all();
        s.traced = x->debug->has(tracer_id);
    }
}

void status_request::handle(envelope* n, void* process_) {
    auto& p = *static_cast<process*>(process_);
    auto* const self = static_cast<status_request*>(n);
    if (auto why = refuses(p, nullptr))
        return answer_failed(self, std::move(*why));
    look_at(p, self->seen);
    const contained end = run_for(p, self, [&] { self->seen.state = formatted_state(p); });
    if (end.how != contained::end::returned)
        self->seen.state = "format_status failed: " + end.reason.text();
    complete_request(self);
}

// --- debugging ---

/// One change, or one question. What is taken out is destroyed with the request, not in the
/// process.
struct debug_request final : request {
    enum class verb : std::uint8_t {
        keep_log,
        get_log,
        start_counting,
        stop_counting,
        get_counts,
        install,
        remove,
        remove_all,
    };
    explicit debug_request(verb v) noexcept : request{operations}, what{v} {
        destroy = [](request* q) noexcept { dispose(static_cast<debug_request*>(q)); };
    }
    verb what;
    bool looks_at_state = false;
    state_type wanted{};
    std::size_t keep = 0;
    debug_state::installed function{};
    std::vector<debug_state::installed> removed;
    std::vector<sys::event> log;
    std::optional<sys::counts> counts;

    void carry_out(debug_state& d);
    void take_out(debug_state& d, std::uint64_t id);
    static void handle(envelope* n, void* process);
    // It is put off, as those are that run code of users, while such code runs.
    static constexpr envelope_ops operations = system_function("sys", &handle);
};

void debug_request::take_out(debug_state& d, std::uint64_t id) {
    for (auto it = d.functions.begin(); it != d.functions.end();) {
        if (it->id != id) {
            ++it;
            continue;
        }
        removed.push_back(std::move(*it));
        it = d.functions.erase(it);
    }
}

void debug_request::carry_out(debug_state& d) {
    switch (what) {
    case verb::keep_log:
        return d.log.keep(keep);
    case verb::get_log:
        log = d.log.all();
        return;
    case verb::start_counting:
        d.counts.emplace();
        d.counts->start = this_worker->now();
        return;
    case verb::stop_counting:
        return d.counts.reset();
    case verb::get_counts:
        counts = d.counts;
        if (counts)
            counts->now = this_worker->now();
        return;
    case verb::install:
        take_out(d, function.id);
        d.functions.push_back(std::move(function));
        return;
    case verb::remove:
        return take_out(d, function.id);
    case verb::remove_all:
        removed = std::exchange(d.functions, {});
        d.log.keep(0);
        return d.counts.reset();
    }
}

void debug_request::handle(envelope* n, void* process_) {
    auto& p = *static_cast<process*>(process_);
    auto* const self = static_cast<debug_request*>(n);
    if (auto why = refuses(p, self->looks_at_state ? &self->wanted : nullptr))
        return answer_failed(self, std::move(*why));
    rare_extras& x = rare_of(p);
    if (!x.debug)
        x.debug = std::make_unique<debug_state>();
    self->carry_out(*x.debug);
    debugging_has_changed(p);
    answer(self);
}

result<void> change(pid process, debug_request* r, time_limit timeout) {
    if (auto why = ask(process, r, timeout))
        return std::move(*why);
    release(r);
    return {};
}

debug_request* make_debug_request(debug_request::verb v) { return make_envelope<debug_request>(v); }

} // namespace

void answer_by_function(request* r,
                        void* process_,
                        const state_type& wanted,
                        std::optional<failure> (*run)(request*, void*)) {
    auto& p = *static_cast<process*>(process_);
    if (auto why = refuses(p, &wanted))
        return answer_failed(r, std::move(*why));
    std::optional<failure> refused;
    const contained end = run_for(p, r, [&] { refused = run(r, system_state(p)); });
    if (end.how == contained::end::returned && !refused)
        return complete_request(r);
    if (p.exit.has_exited()) // the function swallowed the exit: the release of the process answers
        return;
    p.current = nullptr;
    answer_failed(r, refused ? std::move(*refused) : callback_failed(p, end));
}

void enter_system_part(system_part& part) {
    process& p = require_process("sys::take_part");
    if (!p.raw)
        throw std::logic_error{"coppice: sys::take_part: a server takes part already"};
    rare_extras& x = rare_of(p);
    part.outer = std::exchange(x.part, &part);
}

void leave_system_part(system_part& part) noexcept {
    process* const p = current_process();
    rare_extras* const x = p ? rare_if_any(*p) : nullptr;
    if (!x)
        return; // it has ended, and its stack is taken down
    x->part = part.outer;
    if (!x->part)
        p->suspended = false;
}

result<sys::status> status_of(pid process, time_limit timeout) {
    auto* const r = make_envelope<status_request>();
    if (auto why = ask(process, r, timeout))
        return std::move(*why);
    sys::status seen = std::move(r->seen);
    release(r);
    return seen;
}

result<void> keep_events(pid process, std::size_t keep, time_limit timeout) {
    auto* const r = make_debug_request(debug_request::verb::keep_log);
    r->keep = keep;
    return change(process, r, timeout);
}

result<std::vector<sys::event>> kept_events(pid process, time_limit timeout) {
    auto* const r = make_debug_request(debug_request::verb::get_log);
    if (auto why = ask(process, r, timeout))
        return std::move(*why);
    std::vector<sys::event> log = std::move(r->log);
    release(r);
    return log;
}

result<void> count_events(pid process, bool on, time_limit timeout) {
    return change(process,
                  make_debug_request(on ? debug_request::verb::start_counting
                                        : debug_request::verb::stop_counting),
                  timeout);
}

result<std::optional<sys::counts>> counted_events(pid process, time_limit timeout) {
    auto* const r = make_debug_request(debug_request::verb::get_counts);
    if (auto why = ask(process, r, timeout))
        return std::move(*why);
    const std::optional<sys::counts> counts = r->counts;
    release(r);
    return counts;
}

std::uint64_t new_debug_id() noexcept {
    static std::atomic<std::uint64_t> last{tracer_id};
    // Relaxed: an id is only to differ from the others.
    return last.fetch_add(1, std::memory_order_relaxed) + 1;
}

result<void> install_debug(pid process,
                           const state_type* wanted,
                           std::uint64_t id,
                           std::unique_ptr<debug_function> f,
                           time_limit timeout) {
    auto* const r = make_debug_request(debug_request::verb::install);
    if (wanted) {
        r->looks_at_state = true;
        r->wanted = *wanted;
    }
    r->function = {.id = id, .function = std::move(f)};
    return change(process, r, timeout);
}

result<void> remove_debug(pid process, std::uint64_t id, time_limit timeout) {
    auto* const r = make_debug_request(debug_request::verb::remove);
    r->function.id = id;
    return change(process, r, timeout);
}

result<void> remove_all_debug(pid process, time_limit timeout) {
    return change(process, make_debug_request(debug_request::verb::remove_all), timeout);
}

} // namespace coppice::detail
