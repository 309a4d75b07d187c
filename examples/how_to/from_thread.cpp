// SPDX-License-Identifier: BSL-1.0
// For users of std::thread: what was a mutex is a server, what was a queue is a mailbox, what was
// std::async is a task.
#include <coppice.hpp>
#include <iostream>
#include <map>

using namespace coppice;

// Was: a std::map and a std::mutex beside it.
struct count {
    std::string word;
};
struct how_often {
    std::string word;
    using reply = int;
};
class words {
public:
    void handle_cast(count c) { ++all_[c.word]; }
    int handle_call(const how_often& h) { return all_[h.word]; }

private:
    std::map<std::string, int> all_;
};

// Was: a std::thread, a std::queue, a mutex, a condition variable and a flag for the end.
struct line {
    std::string text;
};
struct no_more {};
void read_lines(server_ref<words> to) {
    bool more = true;
    while (more)
        this_process::receive([&](line l) { to.cast(count{std::move(l.text)}); },
                              [&](no_more) { more = false; });
}

int main() {
    return application{}.run([] {
        const auto all = start_link<words>();
        const spawned reader = spawn_monitor(read_lines, all);
        for (const char* text : {"oak", "ash", "oak"})
            reader.process.send(line{text});
        reader.process.send(no_more{});
        this_process::receive(
            when([&](const down& d) { return d.ref == reader.monitor; }, [](down) {})); // was: join
        std::cout << "oak: " << all.call(how_often{"oak"}) << '\n';

        auto sum = async_task([](int a, int b) { return a + b; }, 20, 22); // was: std::async
        std::cout << "sum: " << sum.await() << '\n';
    });
}
