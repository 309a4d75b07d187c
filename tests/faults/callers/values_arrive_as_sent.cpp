// SPDX-License-Identifier: BSL-1.0
// Tries: messages and replies whose type has an initializer_list constructor that takes themselves
// (boost::json, vector<any>).
// Right: the value arrives as it was sent, not wrapped into a list of one.
#include <any>
#include <boost/json.hpp>
#include <coppice.hpp>
#include <cstdio>
using namespace coppice;
namespace json = boost::json;
static int bad = 0;
#define CHECK(x)                                                                                   \
    do {                                                                                           \
        const bool ok_ = (x);                                                                      \
        std::printf("%s %s\n", ok_ ? "ok   " : "WRONG", #x);                                       \
        bad += !ok_;                                                                               \
    } while (0)
struct get {
    using reply = json::value;
};
struct get2 {
    using reply = std::vector<std::any>;
};
struct later {
    using reply = json::value;
};
static json::value sample() {
    json::object o;
    o["a"] = 1;
    return json::value(std::move(o));
}
static std::vector<std::any> anys() {
    std::vector<std::any> v;
    v.emplace_back(1);
    v.emplace_back(2);
    return v;
}
static std::atomic<int> cast_kind{-1};
struct srv {
    json::value handle_call(get) { return sample(); }
    std::vector<std::any> handle_call(get2) { return anys(); }
    void handle_call(later, from<json::value> f) { f.reply(sample()); }
    void handle_cast(json::value v) { cast_kind = v.is_object() ? 1 : 0; }
};
int main() {
    runtime::run([] {
        auto s = start<srv>();
        CHECK(s.call(get{}).is_object());
        CHECK(s.try_call(get{})->is_object());
        CHECK(s.send_request(get{}).get().is_object());
        CHECK(s.call(later{}).is_object());
        CHECK(s.call(get2{}).size() == 2);
        s.cast(sample());
        (void)s.call(get{});
        CHECK(cast_kind == 1);
        this_process::self().send(sample());
        CHECK(this_process::receive<json::value>().is_object());
        this_process::self().send(anys());
        CHECK(this_process::receive<std::vector<std::any>>().size() == 2);
        (void)spawn_monitor(
            [](json::value v) {
                if (!v.is_object())
                    throw 1;
            },
            sample());
        CHECK(this_process::receive<down>().reason == exit_reason::normal);
    });
    return bad != 0;
}
