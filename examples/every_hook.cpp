// SPDX-License-Identifier: BSL-1.0
// One server with all hooks, each called once. Each hook sends a message to the main process, which
// waits for messages, never for a time.
#include <coppice.hpp>
#include <iostream>
#include <optional>

using namespace coppice;
using namespace std::chrono_literals;

struct add {
    int by;
};
struct total {
    using reply = int;
};
struct total_later {
    using reply = int;
};
struct quit {
    using reply = int;
};
struct load { // to oneself: the second half of the start
    int from;
};
struct tick {}; // to oneself, later
struct said {   // to the main process
    std::string what;
};

class counter {
public:
    counter(int start, pid audience) : audience_{audience} {
        if (start < 0)
            this_process::exit(exit_reason::shutdown); // {stop, shutdown}
        if (start == 0)
            this_process::ignore();
        this_process::trap_exit(true);
        this_process::continue_with(this, load{start}); // {ok, State, {continue, Load}}
    }
    void handle_continue(load l) {
        n_ = l.from;
        watch_ = this_process::monitor(audience_);
        this_process::self(this).send_after(1ms, tick{});
    }
    void handle_cast(add a) {
        n_ += a.by;
        this_process::idle_timeout(1ms); // {noreply, State, 1}
    }
    int handle_call(total) const { return n_; }
    void handle_call(total_later, from<int> client) { client_ = std::move(client); }
    int handle_call(quit) {
        this_process::stop(); // {stop, normal, N, State}
        return n_;
    }
    void handle_info(tick) { say("tick"); }
    void handle_info(timeout) {
        say("idle");
        this_process::hibernate();
    }
    void handle_info(const exit_signal& e) {
        say("a linked process ended: " + e.reason.text());
        if (client_)
            client_->reply(n_); // its question came earlier
    }
    void handle_info(down) { this_process::stop(); }
    void handle_info(const message& m) { say("stray " + std::string{m.type()}); }
    void terminate(const exit_reason& why) { say("terminate, " + why.text()); }
    std::string format_status() const { return "n is " + std::to_string(n_); } // in crash reports

private:
    void say(std::string what) const { audience_.send(said{std::move(what)}); }

    int n_ = -1;
    pid audience_;
    monitor_ref watch_{};
    std::optional<from<int>> client_;
};

namespace {
void print_next() { std::cout << this_process::receive<said>().what << '\n'; }
} // namespace

int main() {
    return application{}.run([] {
        const pid me = this_process::self();
        std::cout << "start below zero: " << try_start<counter>(-1, me).error().reason.text()
                  << '\n'
                  << "start at zero: " << to_string(try_start<counter>(0, me).error().code) << '\n';

        const auto c = start<counter>(10, me);
        std::cout << "total " << c.call(total{}) << '\n';
        print_next(); // tick
        c.cast(add{5});
        print_next(); // idle

        auto later = c.send_request(total_later{});
        spawn([c] {
            this_process::link(c);
            this_process::exit(exit_reason{"tired"});
        });
        print_next(); // a linked process ended
        std::cout << "later " << later.get() << '\n';

        c.process().send(load{1}); // an untyped message reaches handle_info(message) only
        print_next();
        std::cout << "quit " << c.call(quit{}) << '\n';
        print_next(); // terminate
    });
}
