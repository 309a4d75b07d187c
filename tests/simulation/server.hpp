// SPDX-License-Identifier: BSL-1.0
#pragma once
#include "player.hpp"

// The two shapes of an actor.
namespace simulation {

/// A function process.
void function_body(int actor, counted);

class server {
public:
    explicit server(int actor) : own_{*the_world, actor} {
        if (own_.w.actor_of(actor).traps) {
            own_.w.rules.traps(own_.me, true);
            coppice::this_process::trap_exit(true);
        }
        struct construction {
            player& own;
            explicit construction(player& p) : own{p} {
                own.w.rules.constructor_begins(own.me, coppice::this_process::parent());
            }
            ~construction() {
                own.w.rules.constructor_ends(own.me, coppice::this_process::parent());
            }
        } const here{own_};
        own_.w.rules.handler_begins(own_.me, "its constructor");
        if (const step* s = own_.w.next(actor, phase::constructor))
            own_.take(*s, phase::constructor);
        own_.w.rules.handler_ends(own_.me, coppice::this_process::now());
    }
    server(const server&) = delete;
    ~server() { own_.take_all(phase::destructor); }

    void handle_cast(task t) {
        const handler here{own_, "a cast"};
        t.in.handled_by(own_.me);
        one_step();
    }
    answer handle_call(ask a) {
        const handler here{own_, "a call"};
        a.in.handled_by(own_.me);
        one_step();
        own_.w.rules.replied(a.in.number(), coppice::this_process::now());
        return {a.in.number()};
    }
    void handle_call(ask_later a, coppice::from<answer> f) {
        const handler here{own_, "a call"};
        a.in.handled_by(own_.me);
        own_.w.rules.kept(a.in.number());
        own_.kept.push_back({std::move(f), a.in.number()});
        one_step();
    }
    void handle_info(coppice::down d) {
        const handler here{own_, "a down"};
        own_.w.rules.received_down(own_.me, d);
        one_step();
    }
    void handle_info(coppice::exit_signal s) {
        const handler here{own_, "an exit signal"};
        own_.w.rules.received_exit(own_.me, s);
        one_step();
    }
    void handle_info(coppice::timeout) {
        own_.w.rules.received_timeout(own_.me, coppice::this_process::now());
        const handler here{own_, "an idle timeout"};
        one_step();
    }
    void handle_info(coppice::message m) {
        const handler here{own_, "a message"};
        if (auto* l = m.get_if<pid_message>())
            l->in.handled_by(own_.me);
        else
            own_.w.received(own_.me, m);
        one_step();
    }
    void handle_continue(more) {
        const handler here{own_, "a continue", false};
        one_step();
    }
    void terminate(const coppice::exit_reason&) {
        own_.w.rules.terminate_begins(own_.me);
        while (const step* s = own_.w.next(own_.actor, phase::terminate))
            own_.take(*s, phase::terminate);
    }

private:
    struct handler {
        handler(player& p, const char* what, bool is_message = true) : own{p} {
            own.w.rules.handler_begins(own.me, what, is_message);
        }
        ~handler() { own.w.rules.handler_ends(own.me, coppice::this_process::now()); }
        player& own;
    };
    void one_step() {
        if (const step* s = own_.w.next(own_.actor, phase::body))
            own_.take(*s, phase::body);
    }
    counted alive_;
    player own_;
};

} // namespace simulation
