// SPDX-License-Identifier: BSL-1.0
// Work in processes of its own: tasks and their values, a stream over a range, tasks in the tree,
// and an agent.
#include <coppice.hpp>
#include <coppice/async_stream.hpp>
#include <coppice/task_supervisor.hpp>
#include <cstdio>

using namespace coppice;
using namespace std::chrono_literals;

int square(int n) {
    if (n == 13)
        throw std::runtime_error{"unlucky"};
    return n * n;
}

void poll() {
    for (;;)
        this_process::sleep(1h);
}

struct settings {
    std::string host = "localhost";
    int port = 8080;
};
using settings_agent = agent<settings>;

inline constexpr server_name<settings_agent> the_settings{"settings"};
inline constexpr server_name<task_supervisor> the_tasks{"tasks"};

void tasks() {
    auto a = async_task(square, 3);
    auto b = async_task([](std::string s) { return s + '!'; }, std::string{"hi"});
    const auto [x, y] = await_many(std::move(a), std::move(b));
    std::printf("both: %d %s\n", x, y.c_str());

    auto failing = async_nolink(square, 13); // not linked: its failure is a value
    std::printf("failed: %s\n", failing.try_await().error().reason.crash()->what.c_str());

    auto slow = async_nolink(poll);
    std::printf("yet: %s\n", slow.yield(1ms) ? "yes" : "no"); // it may be asked again
    const auto late = slow.try_await(1ms);                    // it is ended
    std::printf("then: %s\n", std::string{to_string(late.error().code)}.c_str());
}

void stream() {
    const std::vector<int> numbers{1, 2, 13, 4};
    for (const result<int>& r : async_stream(numbers, square, {.max_concurrency = 2}))
        if (r)
            std::printf("%d ", *r);
        else
            std::printf("(%s) ", r.error().reason.crash()->what.c_str());
    std::printf("\n");
}

void supervised() {
    task_supervisor::start_child(the_tasks, poll);
    const auto full = task_supervisor::try_start_child(the_tasks, poll);
    std::printf("another: %s\n", std::string{to_string(full.error().code)}.c_str());
}

void settings_in_a_process() {
    settings_agent::update(the_settings, [](settings& s) { s.port = 80; });
    const std::string host =
        settings_agent::get(the_settings, [](const settings& s) { return s.host; });
    const int old = settings_agent::get_and_update(
        the_settings, [](settings& s) { return std::exchange(s.port, 443); });
    std::printf("%s, port was %d\n", host.c_str(), old);
}

int main() {
    log::set_level(severity::off); // the crashes are on purpose
    return application{{},
                       {child<settings_agent>(the_settings, settings{}),
                        child<task_supervisor>(the_tasks, {.max_children = 1}),
                        child<task<>>("poller", poll)}}
        .run([] {
            tasks();
            stream();
            supervised();
            settings_in_a_process();
        });
}
