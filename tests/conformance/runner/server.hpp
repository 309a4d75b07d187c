// SPDX-License-Identifier: BSL-1.0
#pragma once
#include "messages.hpp"
#include <coppice/gen_server.hpp>
#include <map>

// The server of gs scenarios: each request carries the script of its handler.
namespace conformance {

/// RET of scenario.md, section 5: what a callback does, in order, and how it returns.
using script = json::array;

struct answer {
    json::value value;
};

/// A call whose handler answers later, or not at all: `void handle_call(M, from<R>)`.
struct open_call {
    using reply = answer;
    json::object step;
    std::uint64_t number; ///< see recorder::call_begins
};

/// A call whose handler returns the answer: `R handle_call(M)`. With `stop` before it, the answer
/// goes out after `terminate`, as OTP's `{stop, Reason, Reply, State}`.
struct plain_call {
    using reply = answer;
    json::object step;
    std::uint64_t number;
};

struct cast_request {
    json::object step;
};

struct continuation {
    script what;
};

class scripted_server {
public:
    scripted_server(std::string name, json::object start);

    void handle_call(open_call call, coppice::from<answer> client);
    answer handle_call(plain_call call);
    void handle_cast(cast_request r);
    void handle_info(info_request r);
    void handle_info(coppice::timeout);
    void handle_info(coppice::exit_signal e);
    void handle_info(coppice::down d);
    void handle_info(coppice::message m);
    void handle_continue(continuation c);
    void terminate(const coppice::exit_reason& reason);

private:
    struct caller {
        coppice::from<answer> client;
        std::uint64_t call;
    };

    void init(const script& how);
    void run(const script& what);
    void run_steps_before(const script& what);
    void answer_now(const json::value& v);
    void answer_kept(const std::string& tag, const json::value& v);
    void keep(const std::string& tag);
    void end_of_call();
    void option(const json::value& o);
    void tell(std::string_view callback, json::object more = {}) const;
    void tell_request(std::string_view callback, const json::object& step) const;

    std::string name_;
    json::object start_;
    std::optional<caller> client_;        // of the open call that is being handled
    std::optional<json::value> returned_; // by the plain call that is being handled
    bool plain_ = false;
    std::map<std::string, caller> kept_; // by tag
    std::vector<caller> never_answered_;
};

/// Will the handler of such a call return its answer?
bool returns_answer(const script& what);

} // namespace conformance
