// SPDX-License-Identifier: BSL-1.0
// Events: handlers come and go, one takes over from another, and a supervisor brings back the one
// that crashed.
#include <coppice.hpp>
#include <iostream>

using namespace coppice;

struct placed {
    int order;
};
struct shipped {
    int order;
};
struct count {
    using reply = int;
};

using order_events = gen_event<placed, shipped>;
inline constexpr server_name<order_events> the_orders{"orders"};

class console {
public:
    explicit console(std::string terminal) : terminal_{std::move(terminal)} {}
    void handle_event(const placed& p) { show("placed", p.order); }
    void handle_event(const shipped& s) { show("shipped", s.order); }
    int handle_call(count) const { return shown_; }

private:
    void show(const char* what, int order) {
        std::cout << terminal_ << ": " << what << ' ' << order << '\n';
        ++shown_;
    }
    std::string terminal_;
    int shown_ = 0;
};

// Takes over from a console, with what that had counted.
class file {
public:
    file(const std::string& path, console&& before) : lines_{before.handle_call(count{})} {
        std::cout << path << " goes on after " << lines_ << " lines\n";
    }
    void handle_event(const placed&) { ++lines_; }
    int handle_call(count) const { return lines_; }
    int terminate(const exit_reason&) const { return lines_; }

private:
    int lines_;
};

class fraud_check {
public:
    fraud_check() { std::cout << "fraud check: ready\n"; }
    void handle_event(const placed& p) {
        if (p.order == 13)
            throw std::runtime_error{"order 13 confuses me"};
    }
    void terminate(const exit_reason& why) { std::cout << "fraud check: " << why.text() << '\n'; }
};

int main() {
    log::set_level(severity::off); // the crash below is intended
    return application{{},
                       {child<order_events>(the_orders),
                        child<event_handler<order_events, fraud_check>>("fraud check", the_orders)}}
        .run([] {
            order_events::add_handler<console>(the_orders, "tty1");
            order_events::add_handler<console>(the_orders, handler_id{"second"}, "tty2");
            order_events::sync_notify(the_orders, placed{1});
            order_events::delete_handler<console>(the_orders, {"second"});

            order_events::sync_notify(the_orders, placed{13}); // one fails, the others do not
            while (order_events::which_handlers(the_orders).size() < 2)
                this_process::yield(); // until its supervisor has added it again
            order_events::sync_notify(the_orders, shipped{1});

            std::cout << "shown: " << order_events::call<console>(the_orders, count{}) << '\n';
            order_events::swap_handler<console, file>(the_orders, "orders.log");
            order_events::notify(the_orders, placed{2});
            std::cout << "written: " << order_events::delete_handler<file>(the_orders) << '\n';
        });
}
