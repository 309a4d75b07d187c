// SPDX-License-Identifier: BSL-1.0
#pragma once
// One process of each behaviour that holds a number, for the tables of the tests of sys.
#include <boost/test/unit_test.hpp>
#include <coppice/agent.hpp>
#include <coppice/gen_event.hpp>
#include <coppice/gen_statem.hpp>
#include <coppice/process.hpp>
#include <coppice/receive.hpp>
#include <coppice/sys.hpp>
#include <functional>
#include <stdexcept>
#include <variant>

namespace sys_subjects {

using namespace coppice;

struct add {
    int by;
};
struct total {
    using reply = int;
};

class counter {
public:
    void handle_cast(add a) { n += a.by; }
    int handle_call(total) const { return n; }
    std::string format_status() const { return "n is " + std::to_string(n); }
    int n = 0;
};

class door {
public:
    struct shut {};
    struct open {
        int times = 0;
    };
    using states = std::variant<shut, open>;
    open handle_cast(shut&, add a) {
        n += a.by;
        return open{1};
    }
    void handle_cast(open& o, add a) {
        n += a.by;
        ++o.times;
    }
    std::string format_status() const { return "n is " + std::to_string(n); }
    int n = 0;
};

class listener {
public:
    void handle_event(const add& a) { n += a.by; }
    int n = 0;
};
using bus = gen_event<add>;

struct tally {
    std::string format_status() const { return "n is " + std::to_string(n); }
    int n = 0;
};

/// A process with a number, and what the verbs of sys do with it.
struct subject {
    std::string behaviour;
    pid process;
    std::function<void()> add_one = {}; // by a message
    std::function<result<int>(time_limit)> get = {};
    std::function<result<void>(int)> set = {};
    std::function<errc()> fail_to_get = {};
    std::function<errc()> fail_to_set = {};
    std::string state = "n is 0"; // as text
};

template <class R>
errc code_of(const R& r) {
    return r ? errc{} : r.error().code;
}

/// `n_of(parts...)` is the number in the state.
template <class Target, class Get, class Set>
void add_verbs(subject& s, const Target& t, Get get, Set set) {
    s.get = [t, get](time_limit timeout) { return sys::try_get_state(t, get, timeout); };
    s.set = [t, set](int n) { return sys::try_replace_state(t, set(n)); };
}

inline subject a_gen_server() {
    const auto c = start<counter>();
    subject s{.behaviour = "gen_server", .process = c};
    s.add_one = [c] { c.cast(add{1}); };
    add_verbs(
        s, c, [](const counter& k) { return k.n; },
        [](int n) { return [n](counter& k) { k.n = n; }; });
    s.fail_to_get = [c] {
        return code_of(
            sys::try_get_state(c, [](const counter&) -> int { throw std::runtime_error{"no"}; }));
    };
    s.fail_to_set = [c] {
        return code_of(sys::try_replace_state(c, [](counter&) { throw std::runtime_error{"no"}; }));
    };
    return s;
}

inline subject a_gen_statem() {
    const auto d = start<gen_statem<door>>();
    subject s{.behaviour = "gen_statem", .process = d};
    s.add_one = [d] { d.cast(add{1}); };
    add_verbs(
        s, d, [](const door::states&, const door& data) { return data.n; },
        [](int n) { return [n](door::states&, door& data) { data.n = n; }; });
    s.fail_to_get = [d] {
        return code_of(sys::try_get_state(
            d, [](const door::states&, const door&) -> int { throw std::runtime_error{"no"}; }));
    };
    s.fail_to_set = [d] {
        return code_of(sys::try_replace_state(
            d, [](door::states&, door&) { throw std::runtime_error{"no"}; }));
    };
    s.state = "shut, n is 0";
    return s;
}

inline subject an_event_handler() {
    const auto b = start<bus>();
    bus::add_handler<listener>(b);
    subject s{.behaviour = "gen_event", .process = b};
    s.add_one = [b] { bus::notify(b, add{1}); };
    add_verbs(
        s, sys::handler<listener>(b), [](const listener& l) { return l.n; },
        [](int n) { return [n](listener& l) { l.n = n; }; });
    s.fail_to_get = [b] {
        return code_of(sys::try_get_state(sys::handler<listener>(b), [](const listener&) -> int {
            throw std::runtime_error{"no"};
        }));
    };
    s.fail_to_set = [b] {
        return code_of(sys::try_replace_state(sys::handler<listener>(b),
                                              [](listener&) { throw std::runtime_error{"no"}; }));
    };
    s.state = sys::get_status(b).state; // the manager's list of handlers
    return s;
}

inline subject an_agent() {
    using number = agent<tally>;
    const auto a = start<number>(tally{});
    subject s{.behaviour = "agent", .process = a};
    s.add_one = [a] { number::cast(a, [](tally& t) { ++t.n; }); };
    add_verbs(
        s, a, [](const tally& t) { return t.n; }, [](int n) { return [n](tally& t) { t.n = n; }; });
    s.fail_to_get = [a] {
        return code_of(
            sys::try_get_state(a, [](const tally&) -> int { throw std::runtime_error{"no"}; }));
    };
    s.fail_to_set = [a] {
        return code_of(sys::try_replace_state(a, [](tally&) { throw std::runtime_error{"no"}; }));
    };
    s.state = "";
    return s;
}

inline subject a_function() {
    const pid p = spawn([] {
        tally all;
        const auto part = sys::take_part(all);
        for (;;)
            this_process::receive([&](add a) { all.n += a.by; });
    });
    const server_ref<tally> t{p};
    subject s{.behaviour = "function", .process = p};
    s.add_one = [p] { p.send(add{1}); };
    add_verbs(
        s, t, [](const tally& k) { return k.n; }, [](int n) { return [n](tally& k) { k.n = n; }; });
    s.fail_to_get = [t] {
        return code_of(
            sys::try_get_state(t, [](const tally&) -> int { throw std::runtime_error{"no"}; }));
    };
    s.fail_to_set = [t] {
        return code_of(sys::try_replace_state(t, [](tally&) { throw std::runtime_error{"no"}; }));
    };
    return s;
}

inline constexpr subject (*all[])() = {&a_gen_server, &a_gen_statem, &an_event_handler, &an_agent,
                                       &a_function};

/// Calls `f` with a new process of each behaviour.
template <class F>
void each_behaviour(F f) {
    for (const auto make : all) {
        const subject s = make();
        BOOST_TEST_CONTEXT(s.behaviour) { f(s); }
        s.process.exit(exit_reason::kill);
    }
}

} // namespace sys_subjects
