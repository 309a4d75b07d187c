// SPDX-License-Identifier: BSL-1.0
// A pool: a client that asks for a worker waits until one is free, without holding a thread. A
// worker that crashes is replaced.
#include <coppice.hpp>
#include <deque>
#include <iostream>
#include <map>

using namespace coppice;
using namespace std::chrono_literals;

struct square {
    int n;
    using reply = int;
};

class worker {
public:
    int handle_call(square s) {
        if (s.n > 1000)
            throw std::overflow_error{"too large to square"};
        return s.n * s.n;
    }
};

struct checkout {
    using reply = server_ref<worker>;
};
struct checkin {
    server_ref<worker> returned;
};

class pool {
public:
    explicit pool(int size) {
        this_process::trap_exit(true); // the exit of a worker is a message
        for (int i = 0; i < size; ++i)
            idle_.push_back(start_link<worker>());
    }
    void handle_call(checkout, from<server_ref<worker>> client) {
        waiting_.push_back(std::move(client));
        serve();
    }
    void handle_cast(checkin c) {
        idle_.push_back(c.returned);
        serve();
    }
    void handle_info(const exit_signal& e) {
        std::erase_if(idle_, [&](const auto& w) { return w.process() == e.from; });
        idle_.push_back(start_link<worker>());
        serve();
    }

private:
    void serve() {
        while (!idle_.empty() && !waiting_.empty()) {
            waiting_.front().reply(server_ref<worker>{idle_.front()});
            waiting_.pop_front();
            idle_.pop_front();
        }
    }
    std::deque<server_ref<worker>> idle_;
    std::deque<from<server_ref<worker>>> waiting_;
};
inline constexpr server_name<pool> the_pool{"pool"};

int main() {
    return application{{}, {child<pool>(the_pool, 2)}}.run([] {
        const auto a = the_pool.call(checkout{});
        const auto b = the_pool.call(checkout{});
        auto third = the_pool.send_request(checkout{});
        std::cout << "a third: " << (third.ready() ? "at once" : "waits") << '\n';

        request_set<int, std::string> jobs;
        jobs.add("a", a.send_request(square{3}));
        jobs.add("b", b.send_request(square{4}));
        std::map<std::string, int> answers; // the answers come in any order
        while (const auto done = jobs.next(1s))
            answers[done->label] = done->value.value();
        for (const auto& [label, n] : answers)
            std::cout << label << ' ' << n << '\n';

        the_pool.cast(checkin{a});
        std::cout << "the third gets " << (third.get() == a ? "the one that came back" : "another")
                  << '\n';

        const auto failed = b.try_call(square{5000});
        std::cout << "b: " << failed.error().reason.text() << '\n';
        const auto fresh = the_pool.call(checkout{});
        std::cout << "a fresh one: " << fresh.call(square{5}) << '\n';
        const auto none = the_pool.try_call(checkout{}, 10ms);
        std::cout << "one more: " << to_string(none.error().code) << '\n';
    });
}
