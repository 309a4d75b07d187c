// SPDX-License-Identifier: BSL-1.0
#include "where.hpp"
#include <atomic>
#include <boost/asio/post.hpp>
#include <coppice/asio.hpp>
#include <thread>

namespace where {

using namespace coppice;
using namespace std::chrono_literals;

namespace {

/// A word that one thread or process stores, and another waits for.
struct result_box {
    std::string word;
    std::atomic<bool> there{false};

    void put(std::string w) {
        word = std::move(w);
        there = true;
        there.notify_all();
    }
    std::string take() {
        there.wait(false);
        return word;
    }
};
result_box box;
std::atomic<bool> stop_has_begun{false};

using called = std::string (*)();

class in_constructor {
public:
    explicit in_constructor(called f) { box.put(outcome(f)); }
    void handle_info(message) {}
    void handle_continue(note) {}
};
class in_handler {
public:
    explicit in_handler(called f) : f_{f} {}
    void handle_cast(note) { box.put(outcome(f_)); }
    void handle_info(message) {}
    void handle_continue(note) {}

private:
    called f_;
};
class in_terminate {
public:
    explicit in_terminate(called f) : f_{f} {}
    void handle_info(message) {}
    void handle_continue(note) {}
    void terminate(const exit_reason&) { box.put(outcome(f_)); }

private:
    called f_;
};

struct in_destructor {
    called f;
    ~in_destructor() { box.put(outcome(f)); }
};

void begin() {
    runtime::start({.threads = 2});
    targets.target = start<server>();
    (void)register_name("target", targets.target);
    targets.other = spawn([] { this_process::receive<question>(); });
    targets.tree = start<supervisor>(supervisor_flags{}, std::vector<child_spec>{});
}

std::string during_stop(called f) {
    std::atomic<bool> in_piece{false}, go_on{false};
    spawn([&] {
        blocking([&] {
            in_piece = true;
            in_piece.notify_all();
            go_on.wait(false);
        });
    });
    struct says_so {
        ~says_so() {
            stop_has_begun = true;
            stop_has_begun.notify_all();
        }
    };
    std::atomic<bool> is_there{false};
    spawn([&] {
        const says_so at_end;
        is_there = true;
        is_there.notify_all();
        this_process::sleep(infinity);
    });
    in_piece.wait(false);
    is_there.wait(false);
    std::thread stopper{[] { runtime::stop(20s); }};
    stop_has_begun.wait(false);
    for (const pid p : {pid{targets.target}, targets.other, pid{targets.tree}})
        while (p.alive()) // the processes are killed one after the other
            std::this_thread::yield();
    std::string word = outcome(f);
    go_on = true;
    go_on.notify_all();
    stopper.join();
    return word;
}

std::string while_running(place where, called f) {
    switch (where) {
    case place::plain_thread:
        return outcome(f);
    case place::process:
        spawn([f] { box.put(outcome(f)); });
        break;
    case place::constructor:
        (void)try_start<in_constructor>(f);
        break;
    case place::handler:
        start<in_handler>(f).cast(note{});
        break;
    case place::terminate:
        (void)start<in_terminate>(f).try_stop();
        break;
    case place::dying_destructor: {
        std::atomic<bool> is_there{false};
        const pid p = spawn([&is_there, f] {
            const in_destructor last{f};
            is_there = true;
            is_there.notify_all();
            this_process::sleep(infinity);
        });
        is_there.wait(false);
        p.exit(exit_reason::kill);
        break;
    }
    case place::asio_handler:
        spawn(
            [f] { boost::asio::post(this_process::io_executor(), [f] { box.put(outcome(f)); }); });
        break;
    case place::blocking:
        spawn([f] { blocking([f] { box.put(outcome(f)); }); });
        break;
    case place::during_stop:
        return during_stop(f);
    case place::before_start:
    case place::after_stop:
        break;
    }
    return box.take();
}

} // namespace

std::string call_in(place where, called f) {
    if (where == place::before_start)
        return outcome(f);
    begin();
    if (where == place::after_stop) {
        runtime::stop();
        return outcome(f);
    }
    std::string word = while_running(where, f);
    runtime::stop();
    return word;
}

} // namespace where
