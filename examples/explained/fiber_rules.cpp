// SPDX-License-Identifier: BSL-1.0
// What belongs to the thread and not to the process: thread_local. What belongs to the process: its
// stack and its members. Where a large buffer and a blocking call go.
#include <coppice.hpp>
#include <cstdio>
#include <string>
#include <thread>
#include <vector>

using namespace coppice;

namespace {

struct set {};
struct go_on {};

thread_local std::string current_user; // all processes of the thread have this one

void session(const std::string& user, pid parent) {
    current_user = user;
    parent.send(set{});
    this_process::receive<go_on>(); // suspends: other processes run on this thread
    parent.send(std::string{user == current_user ? "kept" : "changed by another process"});
}

} // namespace

int main() {
    const application_options one_thread{.runtime = {.threads = 1}};
    return application{one_thread}.run([] {
        std::vector<pid> sessions;
        for (const char* user : {"ann", "bob"}) {
            sessions.push_back(spawn(session, std::string{user}, this_process::self()));
            this_process::receive<set>();
        }
        for (const pid each : sessions) {
            each.send(go_on{});
            std::printf("thread_local across a wait: %s\n",
                        this_process::receive<std::string>().c_str());
        }

        std::vector<char> large(4 << 20); // on the heap: a stack has 64 KiB
        const auto process = this_process::self();
        const auto here = std::this_thread::get_id();
        const bool elsewhere = blocking([&] { // may block as long as it takes
            large.front() = 'x';
            return std::this_thread::get_id() != here;
        });
        std::printf("blocking ran on another thread: %s\n", elsewhere ? "yes" : "no");
        std::printf("the process goes on, on its own thread: %s\n",
                    process == this_process::self() && here == std::this_thread::get_id() ? "yes"
                                                                                          : "no");
    });
}
