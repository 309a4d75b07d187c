// SPDX-License-Identifier: BSL-1.0
#include "routes.hpp"
#include "servers.hpp"
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <coppice/to_text.hpp>

namespace bank {

using namespace coppice;
using namespace std::chrono_literals;
namespace json = boost::json;

namespace {

constexpr auto patience = 5s;

response made(http::status status, const json::value& body) {
    response r{status, 11};
    r.set(http::field::content_type, "application/json");
    r.body() = json::serialize(body) + '\n';
    return r;
}
response refused(http::status status, const std::string& why) {
    return made(status, {{"error", why}});
}
response not_back(const failure& why) {
    return refused(http::status::service_unavailable, why.detail);
}

/// What is wrong with a question: it becomes a 400.
struct bad_question : std::runtime_error {
    using std::runtime_error::runtime_error;
};

const json::value& member(const json::object& o, std::string_view name) {
    if (const json::value* v = o.if_contains(name))
        return *v;
    throw bad_question{"`" + std::string{name} + "` is missing"};
}
std::string word(const json::object& o, std::string_view name) {
    const json::value& v = member(o, name);
    if (!v.is_string() || !is_word(v.get_string()))
        throw bad_question{"`" + std::string{name} + "` must be letters, digits and dashes"};
    return std::string{v.get_string()};
}
money cents(const json::object& o, std::string_view name) {
    const json::value& v = member(o, name);
    if (!v.is_int64())
        throw bad_question{"`" + std::string{name} + "` must be a whole number of cents"};
    return v.get_int64();
}
json::object body_of(const request& r) {
    boost::system::error_code ec;
    const json::value v = json::parse(r.body(), ec);
    if (ec || !v.is_object())
        throw bad_question{"the body is no JSON object" + (ec ? ": " + ec.message() : "")};
    return v.get_object();
}

response open(const request& r) {
    const json::object b = body_of(r);
    const open_account o{word(b, "id"), cents(b, "balance")};
    if (o.balance < 0 || o.balance > most_money)
        return refused(http::status::unprocessable_entity, "a balance is from 0 to a trillion");
    const auto is_new = the_accounts.try_call(open_account{o}, patience);
    if (!is_new)
        return not_back(is_new.error());
    return *is_new ? made(http::status::created, {{"id", o.id}, {"balance", o.balance}})
                   : refused(http::status::conflict, "the id is taken");
}

response look_at(const std::string& id) {
    const auto b = the_accounts.try_call(look{id}, patience);
    if (!b)
        return not_back(b.error());
    return *b ? made(http::status::ok, {{"id", id}, {"balance", **b}})
              : refused(http::status::not_found, "there is no such account");
}

response transfer_money(const request& r) {
    const json::object b = body_of(r);
    const auto what =
        give({word(b, "key"), word(b, "from"), word(b, "to"), cents(b, "amount")}, patience);
    if (!what)
        return not_back(what.error());
    switch (*what) {
    case outcome::done:
        return made(http::status::ok, {{"key", b.at("key")}});
    case outcome::unknown_account:
        return refused(http::status::not_found, "there is no such account");
    case outcome::too_little:
        return refused(http::status::conflict, "the balance is too small");
    case outcome::bad_amount:
        return refused(http::status::unprocessable_entity, "an amount is from 1 to a trillion");
    case outcome::key_of_another:
        return refused(http::status::conflict, "the key belongs to another transfer");
    }
    return refused(http::status::internal_server_error, "no such outcome");
}

response sum(const request&) {
    const auto t = the_accounts.try_call(total{}, patience);
    return t ? made(http::status::ok, {{"total", *t}}) : not_back(t.error());
}

response tree(const request&) {
    response r{http::status::ok, 11};
    r.set(http::field::content_type, "text/plain");
    r.body() = to_text(server_name<supervisor>{"top"});
    return r;
}

response crash_accounts(const request&) {
    the_accounts.cast(crash{});
    return made(http::status::accepted, {{"crashes", "accounts"}});
}
response crash_transfers(const request&) {
    the_transfers.cast(crash{});
    return made(http::status::accepted, {{"crashes", "transfers"}});
}

struct route {
    http::verb verb;
    std::string_view target;
    response (*answer)(const request&);
};
constexpr route routes[] = {
    {http::verb::post, "/accounts", open},
    {http::verb::post, "/transfers", transfer_money},
    {http::verb::get, "/total", sum},
    {http::verb::get, "/tree", tree},
    {http::verb::post, "/crash/accounts", crash_accounts},
    {http::verb::post, "/crash/transfers", crash_transfers},
};

response routed(const request& r) {
    constexpr std::string_view an_account = "/accounts/";
    const std::string target{r.target()};
    if (target.starts_with(an_account) && r.method() == http::verb::get)
        return look_at(target.substr(an_account.size()));
    bool is_known = target.starts_with(an_account);
    for (const route& known : routes)
        if (known.target == target) {
            if (known.verb == r.method())
                return known.answer(r);
            is_known = true;
        }
    return is_known ? refused(http::status::method_not_allowed, "not with this method")
                    : refused(http::status::not_found, "there is nothing at " + target);
}

} // namespace

response answer(const request& r) {
    try {
        return routed(r);
    } catch (const bad_question& e) {
        return refused(http::status::bad_request, e.what());
    }
}

response too_large() {
    return refused(http::status::payload_too_large, "a body has at most 65536 bytes");
}

} // namespace bank
