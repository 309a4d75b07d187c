// SPDX-License-Identifier: BSL-1.0
// Tries: the public headers, with most templates used, in a user's strict build: see `strict`
// beside it.
// Right: no warning that stands in a Coppice header, and it runs.
#include <coppice.hpp>
#include <coppice/asio.hpp>
#include <coppice/log_record.hpp>
#include <coppice/process_info.hpp>
#include <coppice/report.hpp>
#include <coppice/testing.hpp>
#include <coppice/untyped_server.hpp>

#include <boost/asio/steady_timer.hpp>
#include <cstdio>
#include <stdexcept>

namespace {
using namespace coppice;
using namespace std::chrono_literals;

struct add {
    int by;
};
struct total {
    using reply = int;
};
struct nothing {
    using reply = void;
};
struct later {
    using reply = std::string;
};
struct note {
    std::string s;
};
struct more {};

/// Each kind of handler.
class srv {
public:
    explicit srv(int n) : n_{n} { this_process::continue_with(this, more{}); }
    void handle_cast(add a) { n_ += a.by; }
    int handle_call(total) const { return n_; }
    void handle_call(nothing) {}
    void handle_call(later, from<std::string> f) { f.reply("x"); }
    void handle_info(note) {}
    void handle_info(down) {}
    void handle_info(exit_signal) {}
    void handle_info(timeout) {}
    void handle_info(message) {}
    void handle_continue(more) {}
    void terminate(const exit_reason&) {}
    std::string format_status() const { return "n"; }

private:
    int n_;
};

struct dyn : untyped_server {
    std::any handle(std::string_view, std::uint64_t, std::any b) override { return b; }
};

inline constexpr server_name<srv> name{"srv"};
inline constexpr server_name<protocol<add, total>> narrow{"narrow"};
inline registry<std::string, srv> many{"many"};

int calls() {
    name.cast(add{1});
    (void)name.try_cast(add{1});
    int n = name.call(total{});
    n += *name.try_call(total{}, 1s);
    name.call(nothing{});
    n += static_cast<int>(name.call(later{}).size());
    n += name.send_request(total{}).get();
    request_set<int> set;
    set.add(1, name.send_request(total{}));
    while (auto answer = set.next())
        n += *answer->value;
    const server_ref<protocol<total>> r = narrow.whereis();
    n += r.call(total{});
    n += narrow.call(total{});
    n += many("k").call(total{});
    auto s = start<srv>(1);
    n += s.call(total{});
    s.stop();
    return n;
}

int messages() {
    name.send(note{"x"});
    (void)name.send_after(1ms, note{"x"}).cancel();
    const pid p = spawn(
        [](const std::string&, int) {
            (void)this_process::receive(
                [](add) { return 1; }, [](note) { return 2; },
                when([](const more&) { return true; }, [](more) { return 3; }),
                [](message) { return 4; }, after(1ms, [] { return 5; }));
        },
        "x", 1);
    (void)spawn_monitor([] {});
    spawn_link([] {});
    this_process::receive([](down) {});
    p.send(add{1});
    const pid me = this_process::self();
    me.send(add{2});
    int n = this_process::receive<add>().by;
    if (const auto none = this_process::receive<down>(0ms))
        n += static_cast<int>(none->ref.id);
    if (const auto seen = process_info(p))
        n += static_cast<int>(seen->messages);
    return n;
}

int input_and_output() {
    int n = blocking([] { return 1; });
    blocking([] {});
    boost::asio::steady_timer t{this_process::io_executor(), 1ms};
    t.async_wait(use_process);
    boost::system::error_code ec;
    t.async_wait(use_process[ec].until(1s));
    return n;
}

int untyped() {
    const untyped_ref l = start<dyn>();
    const int n = l.call<int>("x", 1);
    return n + l.send_request("x", 2).get<int>();
}

int all() {
    log::set_level(severity::error);
    return application{{.strategy = one_for_all, .intensity = 3, .period = 5s},
                       {child<srv>(name, 1),
                        child<srv>("other", 2)
                            .restart(transient)
                            .shutdown(1s)
                            .significant(false)
                            .mailbox({.messages = 5}),
                        child<task<>>(
                            "t", [](int) { this_process::sleep(infinity); }, 3),
                        child_from("f", [] { return srv{3}; }), child<srv>(narrow, 4),
                        child<srv>(many("k"), 5),
                        child<supervisor>("s", supervisor_flags{.strategy = simple_one_for_one},
                                          {child_template<srv, int>("tmpl")}),
                        child<dynamic_supervisor>("d")}}
        .run([] {
            int n = calls() + messages() + input_and_output() + untyped();
            log::info("a {} {}", 1, this_process::self());
            try {
                throw std::runtime_error{"x"};
            } catch (const std::exception&) {
                this_process::sleep(1ms);
            }
            std::printf("n %d\n", n);
            return n > 0 ? 0 : 1;
        });
}

/// On virtual time.
int simulated() {
    testing::simulation sim{1};
    int n = 0;
    sim.run([&n] {
        this_process::sleep(1h);
        n = 1;
    });
    return n;
}
} // namespace

int main() { return simulated() == 1 ? all() : 1; }
