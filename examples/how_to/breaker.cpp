// SPDX-License-Identifier: BSL-1.0
// A circuit breaker: after some failures in a row it refuses at once, and tries again later. A
// state machine in front of a server.
#include <coppice.hpp>
#include <coppice/gen_statem.hpp>
#include <cstdio>

using namespace coppice;
using namespace std::chrono_literals;

struct get {
    int key;
    using reply = std::optional<int>;
};
struct is_open {
    using reply = bool;
};

class service { // it fails where the key is negative
public:
    static constexpr bool keep_state_on_error = true;
    std::optional<int> handle_call(get g) {
        if (g.key < 0)
            throw std::runtime_error{"on purpose"};
        return g.key * g.key;
    }
};
inline constexpr server_name<service> the_service{"service"};

class breaker {
public:
    struct closed {
        int failures = 0;
    };
    struct open {};
    struct half_open {};
    using states = std::variant<closed, open, half_open>;

    next_state<open> handle_call(closed& s, get g, from<std::optional<int>> client) {
        const auto r = the_service.try_call(get{g}, 100ms);
        client.reply(r ? *r : std::nullopt);
        if (s.failures = r ? 0 : s.failures + 1; s.failures < 3)
            return keep_state;
        return open{};
    }

    void handle_enter(open&) { this_state::timeout(50ms); }
    half_open handle_info(open&, state_timeout) { return {}; }
    std::optional<int> handle_call(const open&, get) { return std::nullopt; } // at once

    next_state<closed, open> handle_call(half_open&, get g, from<std::optional<int>> client) {
        const auto r = the_service.try_call(get{g}, 100ms); // the one that tries
        client.reply(r ? *r : std::nullopt);
        if (r)
            return closed{};
        return open{};
    }

    bool handle_call(const open&, is_open) { return true; }
    bool handle_call(const auto&, is_open) { return false; }
};
inline constexpr server_name<gen_statem<breaker>> the_breaker{"breaker"};

int main() {
    log::set_level(severity::off); // the failures are on purpose
    return application{{}, {child<service>(the_service), child<gen_statem<breaker>>(the_breaker)}}
        .run([] {
            const auto ask = [](int key) {
                const auto r = the_breaker.call(get{key});
                std::printf("%s\n", r ? std::to_string(*r).c_str() : "refused");
            };
            ask(2);
            for (int i = 0; i < 3; ++i)
                ask(-1);
            std::printf("open: %s\n", the_breaker.call(is_open{}) ? "yes" : "no");
            ask(3); // the service would answer, and is left alone
            while (the_breaker.call(is_open{}))
                this_process::sleep(10ms);
            ask(3);
        });
}
