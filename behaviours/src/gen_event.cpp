// SPDX-License-Identifier: BSL-1.0
#include <coppice/gen_event.hpp>

#include <coppice/detail/contained.hpp>
#include <coppice/names.hpp>
#include <coppice/process_info.hpp>
#include <coppice/report.hpp>
#include <stdexcept>

namespace coppice::detail {

/// The handler that runs in a process, and what it has asked for.
///
/// A handler may wait, and then others run on its thread, so one variable of the thread would not
/// do: these are a list, one for each manager whose handler has not returned. A process stays on
/// its thread while it handles a message, so the list belongs to one thread.
struct handler_turn {
    enum class wish : std::uint8_t { none, remove, swap };

    explicit handler_turn(const type_identity& t);
    ~handler_turn();
    handler_turn(const handler_turn&) = delete;
    handler_turn& operator=(const handler_turn&) = delete;

    const type_identity* manager;
    pid process = this_process::self();
    wish asked_for = wish::none;
    bool running = false; // a handler's own code, not its constructor or terminate
    std::unique_ptr<handler_maker> successor; // of a swap, as are the next two
    std::string successor_id;
    exit_reason why;
    handler_turn* next;
    handler_turn** link;
};

namespace {

thread_local handler_turn* turns = nullptr;

handler_turn& running_turn(const char* verb) {
    const pid me = this_process::self();
    for (handler_turn* t = turns; t; t = t->next)
        if (t->process == me && t->running)
            return *t;
    throw std::logic_error{std::string{"coppice: this_handler::"} + verb +
                           " outside of a handler: it is for handle_event, handle_call and "
                           "handle_info of an event handler, in the manager's process"};
}

/// Runs user code; what leaves it is the reason. A signal that kills passes on.
template <class F>
std::optional<exit_reason> attempt(F f) {
    contained end = contain([](void* c) { (*static_cast<F*>(c))(); }, &f);
    if (end.how == contained::end::failed)
        return std::move(end.reason);
    return {};
}

std::string handler_text(std::string_view type, const std::string& id) {
    std::string text{type};
    if (!id.empty())
        text += " `" + id + '`';
    return text;
}

} // namespace

handler_turn::handler_turn(const type_identity& t) : manager{&t}, next{turns}, link{&turns} {
    if (next)
        next->link = &next;
    turns = this;
}

handler_turn::~handler_turn() {
    *link = next;
    if (next)
        next->link = link;
}

/// Why a handler goes.
struct event_manager::end_of_handler {
    exit_reason to_handler;
    exit_reason to_adder;
    handler_info successor = {};
    void* value = nullptr;       // for what terminate returns
    bool caller_is_told = false; // when terminate fails; else that is reported
};

// --- events, messages and calls ---

/// Calls `f` on each handler, the newest first. All of them share one guard; a handler that fails
/// is taken away, and the rest begin anew behind it.
template <class F>
void event_manager::each(std::string_view message, F f) {
    handler_turn turn{*type_};
    std::size_t at = handlers_.size(); // behind the next one
    const auto rest = [&] {
        for (; at > 0; --at) {
            turn.running = true;
            f(handlers_[at - 1]);
            turn.running = false;
            if (turn.asked_for != handler_turn::wish::none) [[unlikely]]
                settle(turn, at - 1);
        }
    };
    while (at > 0) {
        const std::optional<exit_reason> why = attempt(rest);
        turn.running = false;
        turn.asked_for = handler_turn::wish::none;
        if (at == 0)
            break;
        if (why)
            take_away_failed(at - 1, *why, message);
        --at;
    }
}

void event_manager::tell(std::size_t which, const void* event, std::string_view name) {
    each(name, [&](installed& h) {
        if (auto* const hear = h.type->hear[which])
            hear(h.object.get(), event);
    });
}

bool event_manager::inform(message& m) {
    bool taken = false;
    if (const auto* e = m.get_if<exit_signal>()) {
        stop_handlers_of(e->from, e->reason);
        taken = true; // the end of a process that once supervised a handler is nothing unexpected
    }
    const std::string_view type = m.type();
    each(type, [&](installed& h) {
        if (!h.type->info)
            return;
        const bool by_others = std::exchange(taken, true); // also when it throws
        taken = h.type->info(h.object.get(), m) || by_others;
    });
    if (!taken && !handlers_.empty())
        report_without_fail(severity::warning, [&] {
            const pid me = this_process::self();
            return unexpected_message{me, registered_name(me), std::string{type_->name},
                                      std::string{type}};
        });
    return taken;
}

void* event_manager::handler(const handler_name& which) const noexcept {
    const std::size_t at = find(which);
    return at == handlers_.size() ? nullptr : handlers_[at].object.get();
}

std::optional<failure> event_manager::ask(const handler_name& which,
                                          void (*f)(void* handler, void* context),
                                          void* context,
                                          std::string_view message) {
    const std::size_t at = find(which);
    if (at == handlers_.size())
        return not_found(which);
    handler_turn turn{*type_};
    turn.running = true;
    std::optional<exit_reason> why = attempt([&] { f(handlers_[at].object.get(), context); });
    turn.running = false;
    if (!why) {
        settle(turn, at);
        return {};
    }
    take_away_failed(at, *why, message);
    return failure{.code = errc::exited,
                   .reason = *why,
                   .detail = "the event handler " + handler_text(which.type, which.id) +
                             " failed and was removed: " + why->text()};
}

// --- handlers come ---

std::optional<failure> event_manager::add(handler_maker& how, std::string id, pid adder) {
    if (adder)
        supervise(adder);
    return install(how, nullptr, std::move(id), adder);
}

/// Errors: start_failed, ignored; not_found when it needs an old one.
std::optional<failure> event_manager::make(handler_maker& how,
                                           void* old,
                                           const std::string& id,
                                           object& made) {
    struct construction {
        handler_maker& how;
        void* old;
        void* made = nullptr;
    } c{how, old};
    contained end = contain(
        [](void* context) {
            auto& now = *static_cast<construction*>(context);
            now.made = now.how.make(now.old);
        },
        &c);
    const std::string name = "the event handler " + handler_text(how.type().name, id);
    if (end.how == contained::end::failed) {
        std::string detail =
            name + " was not added: its constructor ended with " + end.reason.text();
        return failure{.code = errc::start_failed,
                       .reason = std::move(end.reason),
                       .detail = std::move(detail)};
    }
    if (end.how == contained::end::ignored)
        return failure{.code = errc::ignored,
                       .detail = name + " was not added: its constructor said ignore"};
    if (!c.made)
        return failure{.code = errc::not_found,
                       .detail = name + " was not added: it can only take over from another, and "
                                        "the manager has no such handler"};
    made = {c.made, how.type().destroy};
    return {};
}

/// Adds the newest handler. Errors: those of `make`.
std::optional<failure> event_manager::install(handler_maker& how,
                                              void* old,
                                              std::string id,
                                              pid adder) {
    object made{nullptr, how.type().destroy};
    if (auto why = make(how, old, id, made))
        return why;
    handlers_.push_back({&how.type(), std::move(made), std::move(id), adder});
    return {};
}

void event_manager::supervise(pid adder) {
    if (adder == this_process::parent() && !std::exchange(parent_adds_, true))
        for (const pid other : this_process::info().links)
            linked_with_parent_ |= other == adder;
    this_process::link(adder); // its end arrives as an exit signal, also when it has ended before
}

// --- handlers go ---

/// Runs its `terminate` and tells its supervisor. Returns what terminate failed with.
std::optional<exit_reason> event_manager::terminate(installed& h, const end_of_handler& how) {
    std::optional<exit_reason> bad;
    if (h.type->terminate)
        bad = attempt([&] { h.type->terminate(h.object.get(), how.to_handler, how.value); });
    if (bad && !how.caller_is_told && !bad->is_orderly())
        report_failure(*h.type, h.id, *bad, "terminate");
    if (h.adder)
        h.adder.send(handler_exit{.type = std::string{h.type->name},
                                  .id = h.id,
                                  .reason = how.to_adder,
                                  .successor = how.successor,
                                  .manager = this_process::self()});
    return bad;
}

std::optional<exit_reason> event_manager::take_away(std::size_t at, const end_of_handler& how) {
    installed h = std::move(handlers_[at]);
    handlers_.erase(handlers_.begin() + static_cast<std::ptrdiff_t>(at));
    return terminate(h, how);
}

void event_manager::take_away_failed(std::size_t at,
                                     const exit_reason& why,
                                     std::string_view during) {
    if (!why.is_orderly())
        report_failure(*handlers_[at].type, handlers_[at].id, why, during);
    take_away(at, {.to_handler = exit_reason::tagged("error", why), .to_adder = why});
}

std::optional<failure> event_manager::remove(const handler_name& which,
                                             const exit_reason& why,
                                             void* value) {
    const std::size_t at = find(which);
    if (at == handlers_.size())
        return not_found(which);
    const auto bad = take_away(at, {.to_handler = why,
                                    .to_adder = exit_reason::normal,
                                    .value = value,
                                    .caller_is_told = true});
    if (!bad)
        return {};
    return failure{.code = errc::exited,
                   .reason = *bad,
                   .detail = "the event handler " + handler_text(which.type, which.id) +
                             " is removed, and its terminate ended with " + bad->text()};
}

std::optional<failure> event_manager::swap(const handler_name& old,
                                           const exit_reason& why,
                                           handler_maker& how,
                                           std::string id,
                                           pid adder) {
    const std::size_t at = find(old);
    if (at == handlers_.size()) {
        if (adder)
            supervise(adder);
        return install(how, nullptr, std::move(id), adder);
    }
    installed before = std::move(handlers_[at]);
    handlers_.erase(handlers_.begin() + static_cast<std::ptrdiff_t>(at));
    if (!adder)
        adder = before.adder;
    terminate(before, swapped(why, how.type(), id, adder));
    if (adder)
        supervise(adder);
    return install(how, before.object.get(), std::move(id), adder);
}

event_manager::end_of_handler event_manager::swapped(const exit_reason& why,
                                                     const handler_type& by,
                                                     const std::string& id,
                                                     pid adder) {
    return {.to_handler = why,
            .to_adder = exit_reason::tagged("swapped", exit_reason{by.name}),
            .successor = {.type = std::string{by.name}, .id = id, .adder = adder}};
}

/// Does what the handler that has returned asked for.
void event_manager::settle(handler_turn& turn, std::size_t at) {
    switch (std::exchange(turn.asked_for, handler_turn::wish::none)) {
    case handler_turn::wish::none:
        return;
    case handler_turn::wish::remove:
        take_away(at,
                  {.to_handler = exit_reason{"remove_handler"}, .to_adder = exit_reason::normal});
        return;
    case handler_turn::wish::swap:
        return hand_over(*std::exchange(turn.successor, nullptr), std::move(turn.successor_id),
                         turn.why, at);
    }
}

/// The new one takes the old one's place in the list, and its supervisor.
void event_manager::hand_over(handler_maker& how,
                              std::string id,
                              const exit_reason& why,
                              std::size_t at) {
    installed before = std::move(handlers_[at]); // the place stays, without a handler
    terminate(before, swapped(why, how.type(), id, before.adder));
    object made{nullptr, how.type().destroy};
    if (const auto failed = make(how, before.object.get(), id, made)) {
        handlers_.erase(handlers_.begin() + static_cast<std::ptrdiff_t>(at));
        report_failure(how.type(), id, failed->reason, "constructor");
        if (before.adder)
            before.adder.send(handler_exit{.type = std::string{how.type().name},
                                           .id = id,
                                           .reason = exit_reason{"crash"},
                                           .manager = this_process::self()});
        return;
    }
    handlers_[at] = {&how.type(), std::move(made), std::move(id), before.adder};
}

void event_manager::stop_handlers_of(pid adder, const exit_reason& why) {
    for (std::size_t at = handlers_.size(); at > 0; --at)
        if (handlers_[at - 1].adder == adder)
            take_away(at - 1, {.to_handler = exit_reason::tagged("stop", why),
                               .to_adder = exit_reason::shutdown});
}

void event_manager::stop() {
    std::vector<pid> adders;
    for (const installed& h : handlers_)
        if (h.adder && !(linked_with_parent_ && h.adder == this_process::parent()))
            adders.push_back(h.adder);
    while (!handlers_.empty())
        take_away(handlers_.size() - 1,
                  {.to_handler = exit_reason{"stop"}, .to_adder = exit_reason::shutdown});
    for (const pid adder : adders) // the end of the manager ends none of them
        this_process::unlink(adder);
}

// --- what there is ---

std::size_t event_manager::find(const handler_name& which) const noexcept {
    for (std::size_t at = handlers_.size(); at > 0; --at) {
        const installed& h = handlers_[at - 1];
        if (is_same_type(h.type->key, which.key) && h.id == which.id)
            return at - 1;
    }
    return handlers_.size();
}

failure event_manager::not_found(const handler_name& which) const {
    return {.code = errc::not_found,
            .reason = exit_reason{"not_found"},
            .detail = std::string{type_->name} + " has no event handler " +
                      handler_text(which.type, which.id) + "; " + text()};
}

std::vector<handler_info> event_manager::handlers() const {
    std::vector<handler_info> all;
    for (std::size_t at = handlers_.size(); at > 0; --at) {
        const installed& h = handlers_[at - 1];
        all.push_back({.type = std::string{h.type->name}, .id = h.id, .adder = h.adder});
    }
    return all;
}

std::string event_manager::text() const {
    std::string text;
    for (const handler_info& h : handlers()) {
        text += text.empty() ? "its handlers: " : ", ";
        text += handler_text(h.type, h.id);
        if (h.adder)
            text += " supervised by " + h.adder.text();
    }
    return text.empty() ? "it has no handlers" : text;
}

void event_manager::report_failure(const handler_type& type,
                                   const std::string& id,
                                   const exit_reason& why,
                                   std::string_view during) const {
    report_without_fail(severity::error, [&] {
        const pid me = this_process::self();
        return event_handler_failed{.manager = me,
                                    .name = registered_name(me),
                                    .type = std::string{type_->name},
                                    .handler = std::string{type.name},
                                    .id = id,
                                    .reason = why,
                                    .handling = std::string{during}};
    });
}

// --- verbs of handlers and of those who add them ---

void remove_this_handler() { running_turn("remove").asked_for = handler_turn::wish::remove; }

void swap_this_handler(const type_identity& manager,
                       std::unique_ptr<handler_maker> how,
                       std::string id,
                       exit_reason why) {
    handler_turn& turn = running_turn("swap");
    if (!is_same_type(turn.manager, &manager))
        throw std::logic_error{"coppice: this_handler::swap names another gen_event than the one "
                               "whose handler this is: " +
                               std::string{turn.manager->name}};
    turn.asked_for = handler_turn::wish::swap;
    turn.successor = std::move(how);
    turn.successor_id = std::move(id);
    turn.why = std::move(why);
}

pid adder_of_handler() {
    const pid me = this_process::self();
    if (!me)
        throw std::logic_error{"coppice: a supervised event handler is added by a process, and "
                               "this thread runs none: add_handler adds one without a supervisor"};
    return me;
}

} // namespace coppice::detail

namespace coppice {

void describe(const event_handler_failed& e, log::description& d) {
    const std::string handler = detail::handler_text(e.handler, e.id);
    d.say("event handler " + handler + " of " + (e.name.empty() ? e.type : e.name) + ' ' +
          e.manager.text() + " failed and is removed: " + e.reason.text());
    d.fact_of("process", e.manager);
    d.fact_of("type", e.type);
    d.fact_of("handler", e.handler);
    d.fact_of("id", e.id);
    d.fact_of("reason", e.reason);
    if (const auto* c = e.reason.crash()) {
        d.fact_of("exception", c->type);
        d.line_of("thrown at", c->trace());
    }
    d.line_of("handling", e.handling);
}

} // namespace coppice
