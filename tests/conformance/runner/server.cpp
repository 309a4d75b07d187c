// SPDX-License-Identifier: BSL-1.0
#include "server.hpp"

#include "reason.hpp"
#include "recorder.hpp"
#include "result.hpp"
#include <coppice/this_process.hpp>

namespace conformance {

using namespace coppice;

namespace {

std::string_view verb(const script& s) { return s.at(0).as_string(); }

const script& nested(const script& s) { return s.back().as_array(); }

// Whether the script does something and then goes on with another script, its last element.
bool is_prefix(const script& s) {
    static const std::map<std::string_view, std::size_t> with_next{
        {"reply_to", 4},  {"reply_now", 3}, {"throw", 2},   {"sleep", 3},
        {"send_self", 4}, {"link", 3},      {"monitor", 3}, {"call_self", 2}};
    const auto found = with_next.find(verb(s));
    return found != with_next.end() && s.size() == found->second;
}

script script_or(const json::object& o, std::string_view key, std::string_view otherwise) {
    const json::value* v = o.if_contains(key);
    return v ? v->as_array() : script{otherwise};
}

// No C++ handler can return an invalid value: these are the reasons that OTP ends with.
[[noreturn]] void bad_return(const exit_reason& what) {
    this_process::exit(exit_reason::tagged("bad_return_value", what));
}

} // namespace

bool returns_answer(const script& what) {
    if (is_prefix(what))
        return verb(what) != "reply_now" && returns_answer(nested(what));
    return verb(what) == "reply" || (verb(what) == "stop" && what.size() == 3);
}

// --- init and terminate ---

scripted_server::scripted_server(std::string name, json::object start)
    : name_{std::move(name)}, start_{std::move(start)} {
    this_process::trap_exit(flag(start_, "trap"));
    tape().begins(role::server, name_, this_process::self());
    tell("init");
    init(script_or(start_, "init", "ok"));
    tape().set_phase(this_process::self(), phase::main_loop);
}

void scripted_server::init(const script& how) {
    const auto what = verb(how);
    if (what == "ok") {
        if (how.size() == 2)
            option(how[1]);
    } else if (what == "ignore") {
        this_process::ignore();
    } else if (what == "stop" || what == "exit") {
        this_process::exit(reason_from(how.at(1)));
    } else if (what == "error") {
        throw raised{how.at(1)};
    } else if (what == "throw") { // the thrown value is the return value
        init(nested(how));
    } else if (what == "sleep") {
        this_process::sleep(milliseconds(how.at(1)));
        init(nested(how));
    } else {
        bad_return(exit_reason{"garbage"});
    }
}

void scripted_server::terminate(const exit_reason& reason) {
    tape().set_phase(this_process::self(), phase::working);
    tell("terminate", {{"reason", to_json(reason)}});
    const script how = script_or(start_, "terminate", "ok");
    const auto what = verb(how);
    if (what == "sleep")
        this_process::sleep(milliseconds(how.at(1)));
    else if (what == "exit")
        this_process::exit(reason_from(how.at(1)));
    else if (what == "error")
        throw raised{how.at(1)};
    // `ok`, and `throw`: the thrown value is the return value, which is not used
}

// --- handlers ---

void scripted_server::handle_call(open_call call, from<answer> client) {
    tell_request("handle_call", call.step);
    client_.emplace(std::move(client), call.number);
    run(call.step.at("ret").as_array());
    end_of_call();
}

answer scripted_server::handle_call(plain_call call) {
    tell_request("handle_call", call.step);
    plain_ = true;
    returned_.reset();
    run(call.step.at("ret").as_array());
    plain_ = false;
    tape().call_answered(call.number);
    return {std::move(returned_.value())};
}

void scripted_server::handle_cast(cast_request r) {
    tell_request("handle_cast", r.step);
    run(r.step.at("ret").as_array());
}

void scripted_server::handle_info(info_request r) {
    tell_request("handle_info", r.step);
    run(r.step.at("ret").as_array());
}

void scripted_server::handle_info(timeout) {
    tell("handle_info", {{"id", "timeout"}});
    run(script_or(start_, "on_timeout", "noreply"));
}

void scripted_server::handle_info(exit_signal e) {
    tell("handle_info",
         {{"id", "exit_msg"}, {"from", tape().name_of(e.from)}, {"reason", to_json(e.reason)}});
    run(script_or(start_, "on_exit", "noreply"));
}

void scripted_server::handle_info(down d) {
    tell("handle_info",
         {{"id", "down"}, {"from", tape().name_of(d.process)}, {"reason", to_json(d.reason)}});
}

void scripted_server::handle_info(message m) {
    if (auto* r = m.get_if<info_request>())
        handle_info(std::move(*r));
    else if (const auto* n = m.get_if<note>())
        tell("handle_info", {{"id", "msg"}, {"from", n->from}, {"msg", n->what}});
    else
        tell("handle_info", {{"id", "other"}});
}

void scripted_server::handle_continue(continuation c) {
    tell("handle_continue");
    run(c.what);
}

// --- scripts ---

void scripted_server::run(const script& what) {
    if (is_prefix(what)) {
        run_steps_before(what);
        return run(nested(what));
    }
    const auto how = verb(what);
    const bool in_call = plain_ || client_;
    if (how == "reply") {
        if (!in_call)
            bad_return(exit_reason{"reply"});
        answer_now(what.at(1));
        if (what.size() == 3)
            option(what[2]);
    } else if (how == "noreply") {
        if (what.size() == 2)
            option(what[1]);
    } else if (how == "stop") {
        if (what.size() == 3 && !in_call)
            bad_return(exit_reason{"stop"});
        this_process::stop(reason_from(what.at(1)));
        if (what.size() == 3)
            answer_now(what[2]);
    } else if (how == "defer") {
        keep(std::string{what.at(1).as_string()});
    } else if (how == "reply_to") {
        answer_kept(std::string{what.at(1).as_string()}, what.at(2));
    } else if (how == "exit") {
        this_process::exit(reason_from(what.at(1)));
    } else if (how == "error") {
        throw raised{what.at(1)};
    } else if (how == "throw_value") {
        bad_return(reason_from(what.at(1)));
    } else if (how == "bad") {
        bad_return(exit_reason{"garbage"});
    } else {
        throw std::runtime_error{"no such return: " + json::serialize(what)};
    }
}

void scripted_server::run_steps_before(const script& what) {
    const auto how = verb(what);
    if (how == "reply_to") {
        answer_kept(std::string{what.at(1).as_string()}, what.at(2));
    } else if (how == "reply_now") {
        answer_now(what.at(1));
    } else if (how == "sleep") {
        this_process::sleep(milliseconds(what.at(1)));
    } else if (how == "send_self") {
        this_process::self(this).send(
            info_request{json::object{{"id", what.at(1)}, {"ret", what.at(2)}}});
    } else if (how == "link" || how == "monitor") {
        const auto to = tape().last(std::string{what.at(1).as_string()});
        if (!to)
            throw raised{"badarg"};
        if (how == "monitor") {
            (void)this_process::monitor(*to);
            return;
        }
        try {
            this_process::link(*to);
        } catch (const call_error& e) { // OTP's link raises `noproc`, it does not exit
            throw raised{to_json(e.reason())};
        }
    } else if (how == "call_self") {
        const auto own = this_process::self(this).try_call(plain_call{{}, 0});
        tell("call_self", {{"res", own ? reply(own->value) : exited(own.error())}});
    }
    // `throw`: the thrown value is the return value
}

void scripted_server::answer_now(const json::value& v) {
    if (plain_) {
        returned_ = v;
    } else if (client_) {
        tape().call_answered(client_->call);
        client_->client.reply({v});
        client_.reset();
    }
}

void scripted_server::answer_kept(const std::string& tag, const json::value& v) {
    const auto found = kept_.find(tag);
    if (found == kept_.end())
        return; // as in OTP, a second answer is dropped
    tape().call_answered(found->second.call);
    found->second.client.reply({v});
    kept_.erase(found);
}

void scripted_server::keep(const std::string& tag) {
    if (!client_)
        return;
    if (const auto older = kept_.find(tag); older != kept_.end()) {
        never_answered_.push_back(std::move(older->second));
        kept_.erase(older);
    }
    kept_.emplace(tag, std::move(*client_));
    client_.reset();
}

// In OTP a caller without an answer waits on; here a dropped `from` would fail its call.
void scripted_server::end_of_call() {
    if (client_)
        never_answered_.push_back(std::move(*client_));
    client_.reset();
}

void scripted_server::option(const json::value& o) {
    if (o.is_string())
        return this_process::hibernate();
    const json::object& named = o.as_object();
    if (const auto limit = milliseconds(named, "timeout"))
        this_process::idle_timeout(*limit);
    if (const json::value* next = named.if_contains("continue"))
        this_process::continue_with(this, continuation{next->as_array()});
}

// --- events for the trace ---

void scripted_server::tell(std::string_view callback, json::object more) const {
    json::object e{{"ev", "cb"}, {"at", name_}, {"cb", callback}};
    for (auto& [key, v] : more)
        e[key] = std::move(v);
    tape().add(std::move(e));
}

void scripted_server::tell_request(std::string_view callback, const json::object& step) const {
    tell(callback, {{"id", value_or(step, "id", nullptr)}});
}

} // namespace conformance
